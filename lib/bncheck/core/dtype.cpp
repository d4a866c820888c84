#include "bncheck/core/dtype.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace bncheck {
namespace {

struct Entry {
    Dtype dtype;
    std::string_view name;
    std::size_t size;
    Format format;
};

constexpr std::array<Entry, 4> table{{{Dtype::float16, "float16", 2, {11, -14, 15}},
                                      {Dtype::bfloat16, "bfloat16", 2, {8, -126, 127}},
                                      {Dtype::float32, "float32", 4, {24, -126, 127}},
                                      {Dtype::float64, "float64", 8, {53, -1022, 1023}}}};

const Entry& entry(Dtype dtype) { return table[static_cast<std::size_t>(dtype)]; }

/// Bits of a 16-bit format from a value that it holds (Format::round was applied).
std::uint16_t encode16(const Format& format, double value) {
    const int fraction_bits = format.precision - 1;
    const int exponent_mask = format.max_exponent - format.min_exponent + 2;
    const std::uint16_t sign = std::signbit(value) ? 0x8000u : 0u;
    if (std::isnan(value))
        return static_cast<std::uint16_t>(sign | (exponent_mask << fraction_bits) | (1 << (fraction_bits - 1)));
    const double magnitude = std::fabs(value);
    if (std::isinf(value)) return static_cast<std::uint16_t>(sign | (exponent_mask << fraction_bits));
    if (magnitude < format.smallest_normal())
        return static_cast<std::uint16_t>(sign | static_cast<int>(magnitude / format.smallest_subnormal()));
    const int exponent = std::ilogb(magnitude);
    const int fraction = static_cast<int>(std::ldexp(magnitude, fraction_bits - exponent)) - (1 << fraction_bits);
    return static_cast<std::uint16_t>(sign | ((exponent - format.min_exponent + 1) << fraction_bits) | fraction);
}

double decode16(const Format& format, std::uint16_t bits) {
    const int fraction_bits = format.precision - 1;
    const int exponent_mask = format.max_exponent - format.min_exponent + 2;
    const int fraction = bits & ((1 << fraction_bits) - 1);
    const int exponent = (bits >> fraction_bits) & exponent_mask;
    double magnitude;
    if (exponent == exponent_mask)
        magnitude = fraction ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    else if (exponent == 0)
        magnitude = fraction * format.smallest_subnormal();
    else
        magnitude = std::ldexp((1 << fraction_bits) + fraction, exponent - 1 + format.min_exponent - fraction_bits);
    return (bits & 0x8000u) ? -magnitude : magnitude;
}

/// 2^e for -1074 <= e <= 1023, by its bits: the bounds of every channel ask for it often.
double power_of_two(int e) {
    const std::uint64_t bits = e >= -1022 ? static_cast<std::uint64_t>(e + 1023) << 52 : std::uint64_t{1} << (e + 1074);
    return std::bit_cast<double>(bits);
}

}  // namespace

double Format::unit_roundoff() const { return power_of_two(-precision); }
double Format::smallest_normal() const { return power_of_two(min_exponent); }
double Format::smallest_subnormal() const { return power_of_two(min_exponent - precision + 1); }
double Format::largest() const { return (2.0 - power_of_two(1 - precision)) * power_of_two(max_exponent); }

double Format::ulp(double value) const {
    if (!std::isfinite(value)) return std::numeric_limits<double>::quiet_NaN();
    const int field = static_cast<int>(std::bit_cast<std::uint64_t>(value) >> 52 & 0x7ff);  // 0 of a subnormal number
    return power_of_two(std::max(field - 1023, min_exponent) - precision + 1);
}

double Format::round(double value) const {
    if (!std::isfinite(value) || value == 0 || precision == 53) return value;
    const double quantum = ulp(value);  // a power of two, so that dividing and multiplying by it is exact
    const double rounded = std::nearbyint(value / quantum) * quantum;
    return std::fabs(rounded) > largest() ? std::copysign(std::numeric_limits<double>::infinity(), value) : rounded;
}

Format format_of(Dtype dtype) { return entry(dtype).format; }

Dtype statistics_dtype(Dtype dtype) { return dtype == Dtype::float64 ? Dtype::float64 : Dtype::float32; }

std::size_t size_of(Dtype dtype) { return entry(dtype).size; }
std::string_view name_of(Dtype dtype) { return entry(dtype).name; }

std::optional<Dtype> dtype_from(std::string_view name) {
    for (const Entry& e : table)
        if (e.name == name) return e.dtype;
    return std::nullopt;
}

double load(Dtype dtype, const std::byte* bytes) {
    if (dtype == Dtype::float64) {
        double value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    }
    if (dtype == Dtype::float32) {
        float value;
        std::memcpy(&value, bytes, sizeof value);
        return value;
    }
    std::uint16_t bits;
    std::memcpy(&bits, bytes, sizeof bits);
    return decode16(format_of(dtype), bits);
}

void store(Dtype dtype, std::byte* bytes, double value) {
    if (dtype == Dtype::float64) {
        std::memcpy(bytes, &value, sizeof value);
    } else if (dtype == Dtype::float32) {
        const float rounded = static_cast<float>(value);
        std::memcpy(bytes, &rounded, sizeof rounded);
    } else {
        const Format format = format_of(dtype);
        const std::uint16_t bits = encode16(format, format.round(value));
        std::memcpy(bytes, &bits, sizeof bits);
    }
}

}  // namespace bncheck
