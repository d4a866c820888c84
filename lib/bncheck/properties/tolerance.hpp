#pragma once

#include <cmath>
#include <limits>

namespace bncheck::properties {

/// A tolerance is a sum of at most m + 64 nonnegative terms of at most 64 roundings each: this factor makes it an upper bound.
inline double upwards(double m) { return 1 + (m + 128) * 0x1p-52; }

inline double or_infinity(double tolerance) {
    return std::isnan(tolerance) ? std::numeric_limits<double>::infinity() : tolerance;
}

}  // namespace bncheck::properties
