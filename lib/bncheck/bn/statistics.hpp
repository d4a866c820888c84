#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bncheck/bn/definition.hpp"

namespace bncheck::bn {

/// How a kernel computes mean and variance (T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for Computing the Sample
/// Variance: Analysis and Recommendations", The American Statistician 37 (1983)).
enum class Algorithm {
    two_pass,     ///< sum of squared deviations from the mean, sums in order
    textbook,     ///< one pass, E[x^2] - E[x]^2
    welford,      ///< one pass, updating (B. P. Welford, Technometrics 4 (1962))
    shifted,      ///< one pass, textbook on x - x[0]
    pairwise,     ///< two passes, sums by halving
    compensated,  ///< two passes, sums by Neumaier's method (ZAMM 54 (1974))
    wide,         ///< everything in a type of at least twice the precision, outputs rounded once
};

std::optional<Algorithm> algorithm_from(std::string_view name);
std::vector<std::string> algorithm_names();

/// Moments by an algorithm in the arithmetic of T (float or double). Not for Algorithm::wide, which is the definition
/// itself in another type.
template <class T>
Moments<T> moments_by(Algorithm algorithm, const std::vector<T>& x);

/// Sum of terms in the manner of an algorithm: by halving, compensated, or in order.
template <class T>
T sum_by(Algorithm algorithm, const std::vector<T>& terms);

}  // namespace bncheck::bn
