#include "bncheck/oracle/enclosure.hpp"

#include <cmath>

namespace bncheck::oracle {

double distance(double got, const Enclosure& value) {
    if (got == value.hi && value.lo == 0) return value.radius;  // also for equal infinities
    return std::fabs((got - value.hi) - value.lo) * (1 + 0x1p-51) + value.radius;
}

}  // namespace bncheck::oracle
