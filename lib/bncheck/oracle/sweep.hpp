#pragma once

#include "bncheck/core/values.hpp"

namespace bncheck::oracle {

/// Accumulators side by side, whatever the vector length: element i goes to lane i mod 16, so that the bits do not depend on
/// the machine.
inline constexpr std::size_t sweep_lanes = 16;

/// The number of additions on the way of a term into a sum of m: those of its lane, and the joining of the lanes.
double sweep_height(double m);

/// Sums over one channel in double. sum_hi + sum_lo is the sum by TwoSum with the errors added up (T. Ogita, S. M. Rump, S.
/// Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26 (2005), algorithm 4.4, kept unevaluated).
struct FirstPass {
    double sum_hi, sum_lo, sum_abs, max_abs;
    double nonzero;   ///< how many are not 0
    double distance;  ///< max |x - x[0]|: 0 for a constant channel
};
FirstPass first_pass(const Values& x);

/// With d = (x - hi) - lo: sum d^2 and max |d|; where there is dy also sums of dy, |dy|, dy d, |dy d|, its nonzero values and
/// max |dy|.
struct SecondPass {
    double squares, max_deviation;
    double dy, abs_dy, products, abs_products, nonzero_dy, max_abs_dy;
};
SecondPass second_pass(const Values& x, double hi, double lo, const Values& dy);

}  // namespace bncheck::oracle
