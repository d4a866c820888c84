#include "bncheck/oracle/enclosure.hpp"

#include <algorithm>
#include <cmath>

namespace bncheck::oracle {

Distance distance(double got, const Enclosure& truth) {
    if (got == truth.hi && truth.lo == 0) return {0, 0, truth.radius};  // also for equal infinities
    // got - hi and the subtraction of lo round once each, by 2^-53 relative; where got - hi is large beside its rounding.
    const double value = std::fabs((got - truth.hi) - truth.lo);
    return {value, std::max(0.0, value * (1 - 0x1p-51) - truth.radius), value * (1 + 0x1p-51) + truth.radius};
}

}  // namespace bncheck::oracle
