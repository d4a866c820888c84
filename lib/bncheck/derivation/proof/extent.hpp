#pragma once

// How large a formula is as a polynomial, which tells how many points prove an identity.
//
// Every quantity is, for a given m, a sum of terms c r^k where c is a polynomial in the data. Times q^(K/2), K the largest k,
// it is A + B sqrt(q) with polynomials A and B; and it is zero where both are (exact.hpp keeps them apart). In training q has
// the degrees 2 in x and 1 in eps, so that a term's degrees there are
//
//     in x     deg c + K - k     = (deg c - k) + K
//     in eps   deg c + (K - k)/2 = (2 deg c - k + K)/2
//
// (half odd ones rounded down: sqrt(q) is not multiplied out). In inference q does not depend on x but on the given variance.
//
// The coefficient of a monomial in A or B depends on m and on which of its indices are equal, and for each pattern of equal
// indices it is a Laurent polynomial in m: true of x_i and dy_i, of m and r, and kept by + and *. It is kept by the sum over an
// index j too: the terms where j is one of the monomial's t indices have patterns of their own, and the others are m - t times
// one pattern's. Those vanish where every monomial has a factor with index j itself (`local`), else they raise the power of m
// by one. v has the powers m^-2 to m^-1 and q has m^-2 to m^0, so that a term's powers times q^((K-k)/2) begin at
//
//     low - (K - k) = (low + k) - K
//
// The degrees are upper bounds: more points than needed do no harm.

#include <map>
#include <string>

#include "bncheck/derivation/formula/expression.hpp"

namespace bncheck::derivation {

/// Smallest and largest degree of the terms.
struct DegreeRange {
    int low = 0, high = 0;

    int width() const { return high - low; }
    bool operator==(const DegreeRange&) const = default;
};

/// The sizes of a sum of terms c r^k.
struct Extent {
    bool zero = false;             ///< no term at all; the rest is then without meaning
    int root = 0;                  ///< largest k
    int x = 0;                     ///< largest deg c - k
    int twice_eps = 0;             ///< largest 2 deg c - k, in eps; in the given variance too where that is what q is made of
    int m_low = 0;                 ///< smallest power of m in c, plus k
    int m_high = 0;                ///< largest power of m in c
    DegreeRange dy, seeds, gamma;  ///< seeds: ddx, ddgamma and ddbeta together
    int others = 0;                ///< largest degree in beta, the running statistics and their weight
    bool local = false;            ///< every monomial has x_i, dy_i or ddx_i where i is the formula's own index
    bool indexed = false;
    bool monomial = false;  ///< a number times powers of m, r, gamma: what can be divided by

    bool operator==(const Extent&) const = default;
};

/// Of a quotient of two such sums.
struct QuotientExtent {
    Extent numerator, denominator;
};

/// Of the quantities, by name.
using Extents = std::map<std::string, QuotientExtent>;

/// Of a number.
Extent constant_extent();

/// Largest degree that is followed; beyond it a formula is refused.
inline constexpr int largest_degree = 200;

/// Of a formula without roots. Throws Error(usage, "too-large") beyond largest_degree, Error(usage, "unprovable") where a sum
/// runs over quotients with an index in their denominators.
QuotientExtent extent_of(const Expression& formula, const Extents& quantities);

/// Of left - right, times both denominators.
Extent residual_extent(const QuotientExtent& left, const QuotientExtent& right);

}  // namespace bncheck::derivation
