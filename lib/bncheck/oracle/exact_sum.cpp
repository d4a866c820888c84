#include "bncheck/oracle/exact_sum.hpp"

#include <bit>
#include <cmath>
#include <utility>

namespace bncheck::oracle {
namespace {

/// |value| = significand 2^exponent, both whole.
std::pair<std::uint64_t, int> parts(double value) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(value), field = bits >> 52 & 0x7ff;
    const std::uint64_t fraction = bits & 0x000fffffffffffffu;
    if (field == 0) return {fraction, -1074};
    return {fraction | 0x0010000000000000u, static_cast<int>(field) - 1075};
}

}  // namespace

void ExactSum::add_bits(std::uint64_t significand, bool negative, int exponent) {
    const int position = exponent - lowest_exponent, shift = position % 32;
    // At most 53 + 31 bits: three digits.
    const unsigned __int128 shifted = static_cast<unsigned __int128>(significand) << shift;
    const std::int64_t sign = negative ? -1 : 0;  // (part ^ sign) - sign is part or -part
    std::int64_t* const at = digit_.data() + position / 32;
    for (int k = 0; k < 3; ++k)
        at[k] += (static_cast<std::int64_t>(static_cast<std::uint32_t>(shifted >> (32 * k))) ^ sign) - sign;
    if (++pending_ == 1u << 30) carry();  // each addition changes a digit by less than 2^32
}

void ExactSum::add(double value) {
    const auto [significand, exponent] = parts(value);
    add_bits(significand, std::signbit(value), exponent);
}

void ExactSum::add_product(double a, double b) {
    const auto [significand_a, exponent_a] = parts(a);
    const auto [significand_b, exponent_b] = parts(b);
    const unsigned __int128 product = static_cast<unsigned __int128>(significand_a) * significand_b;
    const bool negative = std::signbit(a) != std::signbit(b);
    const std::uint64_t mask = (std::uint64_t{1} << 53) - 1;
    add_bits(static_cast<std::uint64_t>(product) & mask, negative, exponent_a + exponent_b);
    add_bits(static_cast<std::uint64_t>(product >> 53), negative, exponent_a + exponent_b + 53);
}

void ExactSum::carry() {
    for (int k = 0; k + 1 < digits; ++k) {
        const std::int64_t up = digit_[k] >> 32;  // rounds down, so that what stays is in [0, 2^32)
        digit_[k + 1] += up;
        digit_[k] -= up * (std::int64_t{1} << 32);
    }
    pending_ = 0;
}

void ExactSum::get(mpz_t integer) const {
    ExactSum copy = *this;
    copy.carry();
    std::array<std::uint32_t, digits - 1> low;
    for (int k = 0; k + 1 < digits; ++k) low[k] = static_cast<std::uint32_t>(copy.digit_[k]);
    mpz_import(integer, low.size(), -1, sizeof low[0], 0, 0, low.data());
    // The last digit carries the sign: integer += digit 2^(32 (digits - 1)).
    mpz_t top;
    mpz_init_set_si(top, copy.digit_[digits - 1]);
    mpz_mul_2exp(top, top, 32 * (digits - 1));
    mpz_add(integer, integer, top);
    mpz_clear(top);
}

}  // namespace bncheck::oracle
