#pragma once

#include <gmp.h>

#include <array>
#include <cstdint>

namespace bncheck::oracle {

/// Exact sum of doubles and of products of two doubles: a fixed-point accumulator over their whole range (U. Kulisch, "Very
/// fast and exact accumulation of products", Computing 91 (2011)), as signed digits of 32 bits in 64, so that carries can wait.
class ExactSum {
public:
    /// Finite numbers only.
    void add(double value);
    void add_product(double a, double b);

    /// Sets `integer` to the sum times 2^-lowest_exponent, a whole number.
    void get(mpz_t integer) const;
    static constexpr int lowest_exponent = -2176;  ///< below the last bit of any product, 2^-2148

private:
    void add_bits(std::uint64_t significand, bool negative, int exponent);
    void carry();

    static constexpr int digits = 136;  ///< 136 * 32 = 4352 bits, to 2^2176: 2^128 terms of 2^2048
    std::array<std::int64_t, digits> digit_{};
    std::uint32_t pending_ = 0;  ///< additions since the last carry
};

}  // namespace bncheck::oracle
