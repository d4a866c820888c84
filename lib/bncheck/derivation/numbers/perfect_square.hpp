#pragma once

#include <optional>

#include "bncheck/derivation/numbers/exact.hpp"

namespace bncheck::derivation {

/// The rational root of a rational number that has one.
inline std::optional<Rational> perfect_root(const Rational& value) {
    using Whole = boost::multiprecision::mpz_int;
    if (value < 0) return std::nullopt;
    const boost::multiprecision::mpq_rational plain(value);
    const Whole top = numerator(plain), bottom = denominator(plain);
    if (mpz_perfect_square_p(top.backend().data()) == 0 || mpz_perfect_square_p(bottom.backend().data()) == 0)
        return std::nullopt;
    const Whole root_top = sqrt(top), root_bottom = sqrt(bottom);
    return Rational(boost::multiprecision::mpq_rational(root_top, root_bottom));
}

}  // namespace bncheck::derivation
