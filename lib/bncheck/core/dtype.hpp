#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bncheck {

/// Element types of x, y, dy and dx. Every value of each is a double.
enum class Dtype { float16, bfloat16, float32, float64 };

/// A binary floating-point format (IEEE 754-2019 section 3.3) in the terms of error analysis.
struct Format {
    int precision;     ///< p, significand bits with the hidden one
    int min_exponent;  ///< exponent of the smallest normal number 2^min_exponent
    int max_exponent;  ///< the largest finite number is (2 - 2^(1-p)) 2^max_exponent

    double unit_roundoff() const;       ///< u = 2^-p
    double smallest_normal() const;     ///< 2^min_exponent
    double smallest_subnormal() const;  ///< lambda = 2^(min_exponent - p + 1)
    double largest() const;

    /// Muller's ulp of a value (Handbook of Floating-Point Arithmetic, section 2.6): 2^(max(e, min_exponent) - p + 1)
    /// for 2^e <= |value| < 2^(e+1), and ulp(0) the smallest subnormal. NaN for NaN and infinities.
    double ulp(double value) const;

    /// The nearest number of the format, ties to even; infinity beyond the largest. One rounding, from double.
    double round(double value) const;
};

Format format_of(Dtype dtype);

/// The type of per-channel tensors and of statistics: float32 for the 16-bit types, else the type itself.
Dtype statistics_dtype(Dtype dtype);

std::size_t size_of(Dtype dtype);
std::string_view name_of(Dtype dtype);
std::optional<Dtype> dtype_from(std::string_view name);

/// Reads and writes one stored element; writing rounds once to the format. `bytes` need not be aligned.
double load(Dtype dtype, const std::byte* bytes);
void store(Dtype dtype, std::byte* bytes, double value);

}  // namespace bncheck
