#include "bncheck/core/random.hpp"

#include <Random123/philox.h>

#include <bit>
#include <cmath>
#include <string>

namespace bncheck {
namespace {

/// FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923), with a separator so that ("a", "bc") and ("ab", "c") differ.
std::uint64_t hash(std::uint64_t state, std::string_view text) {
    for (char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return (state ^ 0xffu) * 0x100000001b3u;
}

/// Natural logarithm of a normal p in (0, 1/2]: p = m 2^e with m in [1, 2), log m = 2 atanh((m - 1) / (m + 1)).
/// |z| <= 1/3, so that 18 terms of the odd series leave less than 3^-37.
double logarithm(double p) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(p);
    const int exponent = static_cast<int>(bits >> 52) - 1023;
    const double m = std::bit_cast<double>((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
    const double z = (m - 1) / (m + 1), z2 = z * z;
    double sum = 0;
    for (int k = 17; k >= 0; --k) sum = sum * z2 + 1.0 / (2 * k + 1);
    return 2 * z * sum + exponent * 0.69314718055994530942;
}

}  // namespace

RandomStream::RandomStream(std::string_view suite, std::string_view name, std::string_view tensor, std::uint64_t seed)
    : key_(hash(hash(hash(hash(0xcbf29ce484222325u, suite), name), tensor), std::to_string(seed))) {}

std::uint64_t RandomStream::bits(std::uint64_t index) const {
    const std::uint64_t block = index / 2;
    const r123::Philox4x32::ctr_type counter{
        {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0}};
    const r123::Philox4x32::key_type key{{static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32)}};
    const auto words = r123::Philox4x32()(counter, key);
    const std::size_t half = (index % 2) * 2;
    return words[half] | static_cast<std::uint64_t>(words[half + 1]) << 32;
}

double RandomStream::uniform(std::uint64_t index) const { return (static_cast<double>(bits(index) >> 12) + 0.5) * 0x1p-52; }

std::uint64_t RandomStream::below(std::uint64_t bound, std::uint64_t index) const {
    // Multiply-shift: the bias is below bound / 2^32, of no consequence for choosing places.
    return ((bits(index) >> 32) * bound) >> 32;
}

double RandomStream::normal(std::uint64_t index) const { return normal_quantile(uniform(index)); }

double normal_quantile(double p) {
    static constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                   1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
    static constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                                   -1.328068155288572e+01};
    static constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                                   -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
    static constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
    const double tail = 0.02425;
    if (p < tail || p > 1 - tail) {
        const double q = std::sqrt(-2 * logarithm(p < tail ? p : 1 - p));
        const double z = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
                         ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
        return p < tail ? z : -z;
    }
    const double q = p - 0.5, r = q * q;
    return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
           (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

}  // namespace bncheck
