#pragma once

#include <string>

namespace bncheck::oracle {

/// The truth lies within `radius` of hi + lo (an unevaluated sum, |lo| <= ulp(hi) / 2). Where the value is NaN, infinite or
/// beyond the doubles, hi says so and lo and radius are 0.
struct Enclosure {
    double hi = 0, lo = 0, radius = 0;
    double tail = 0;  ///< what is beyond lo, to print 40 digits; no verdict reads it
};

/// |got - truth|: the number nearest to |got - (hi + lo)|, and what it lies between. NaN where either is NaN.
struct Distance {
    double value, least, most;
};
Distance distance(double got, const Enclosure& truth);

/// 40 digits, or nan, inf, -inf.
std::string decimal(const Enclosure& value);

}  // namespace bncheck::oracle
