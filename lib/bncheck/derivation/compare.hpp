#pragma once

#include <vector>

#include "bncheck/core/dtype.hpp"

namespace bncheck::derivation {

/// Staged and closed-form backward of one channel beside each other. The errors are the largest over dx, in units of
/// |gamma| r max|dy|.
struct Comparison {
    bool defined = false;              ///< the forward has a derivative there: q > 0, all finite
    bool equal_in_reference = false;   ///< in 256-bit arithmetic, to the derived tolerance
    double reference = 0;              ///< |staged - closed form| in 256 bits
    double staged = 0, closed = 0;     ///< error of each in the working precision against the 256-bit closed form
};

/// `working` is float32 or float64.
Comparison compare(const std::vector<double>& x, const std::vector<double>& dy, double gamma, double eps, Dtype working);

}  // namespace bncheck::derivation
