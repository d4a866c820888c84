#pragma once

#include <vector>

#include "bncheck/core/dtype.hpp"

namespace bncheck::derivation {

/// Staged and closed-form backward of one channel in training, beside each other. All figures are the largest over the
/// elements: of dx in units of |gamma| r max|dy|, of dgamma and dbeta in units of m max|dy|. Where the unit is zero, so
/// are the gradients, and a figure is 0 or, if they are not, infinite.
struct Comparison {
    bool defined = false;             ///< there is a derivative: q = v + eps > 0 and all data finite; else nothing below is set
    bool equal_in_reference = false;  ///< none of the three `reference` figures exceeds `reference_bound`
    double reference_bound = 0;       ///< derived in compare.cpp
    double reference = 0, reference_dgamma = 0, reference_dbeta = 0;  ///< |staged - closed form| in at least 256 bits
    double staged = 0, staged_dgamma = 0, staged_dbeta = 0;  ///< error in the working precision, against the closed form
    double closed = 0, closed_dgamma = 0, closed_dbeta = 0;  ///< in 256 bits; infinite where a result is not finite
};

/// `working` is float32 or float64 (float32 for data of 16 bits). x and dy are as long as each other, else an error.
Comparison compare(const std::vector<double>& x, const std::vector<double>& dy, double gamma, double eps, Dtype working);

}  // namespace bncheck::derivation
