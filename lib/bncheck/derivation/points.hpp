#pragma once

// Small deterministic data on which the steps are checked: rational numbers with no pattern that a term could vanish on.

#include <cstddef>
#include <vector>

#include "bncheck/derivation/forward_derivative.hpp"

namespace bncheck::derivation {

inline constexpr int largest_m = 7;
inline constexpr int variants_of_m = 6;

/// T from a fraction; the rounding of a type that rounds only picks another point.
template <class T>
T fraction(int numerator, int denominator) {
    return T(numerator) / T(denominator);
}

/// Quadratic residues to two prime moduli, which repeat too late to make x or dy constant or one a multiple of the other.
/// The last variant has eps = 0 where the variance allows it (m > 1).
template <class T>
Point<T> point(int m, int variant) {
    const int k = variant;
    std::vector<T> x, dy;
    for (int i = 0; i < m; ++i) {
        x.push_back(fraction<T>((7 * i * i + 5 * i * (k + 1) + 3 * k + 13) % 19 - 9, k + 2));
        dy.push_back(fraction<T>((11 * i * i + 3 * i + 7 * k + 2 * m + 1) % 17 - 8, 3));
    }
    const int gammas[] = {2, -3, 1, 5, -7, 4}, eps_over_1000[] = {1000, 1, 250, 4000, 10, 0};
    const int eps = m == 1 && eps_over_1000[k] == 0 ? 1 : eps_over_1000[k];
    return {x,
            dy,
            fraction<T>(gammas[k], k + 1),
            fraction<T>(3 - 2 * k, 5),
            fraction<T>(eps, 1000),
            {fraction<T>(2 * k - 3, 7), fraction<T>(k + 1, 3)}};
}

/// m = 1 to 7, six of each.
template <class T>
std::vector<Point<T>> points() {
    std::vector<Point<T>> all;
    for (int m = 1; m <= largest_m; ++m)
        for (int variant = 0; variant < variants_of_m; ++variant) all.push_back(point<T>(m, variant));
    return all;
}

}  // namespace bncheck::derivation
