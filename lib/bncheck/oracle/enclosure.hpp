#pragma once

namespace bncheck::oracle {

/// The truth lies within `radius` of hi + lo (an unevaluated sum, |lo| <= ulp(hi) / 2). Where the value is NaN, infinite or
/// beyond the doubles, hi says so and lo and radius are 0.
struct Enclosure {
    double hi = 0, lo = 0, radius = 0;
    double tail = 0;  ///< what is beyond lo, to print 40 digits; no verdict reads it
};

/// Upper bound of |got - value|, NaN where either is NaN. Exact but for a factor 1 + 2^-51, which is applied, since got - hi
/// and the subtraction of lo round once each.
double distance(double got, const Enclosure& value);

}  // namespace bncheck::oracle
