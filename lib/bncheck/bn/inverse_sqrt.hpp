#pragma once

// inverse_sqrt for the machine's own types, which argument-dependent lookup does not find.

#include <quadmath.h>

#include <cmath>

namespace bncheck::bn {

inline float inverse_sqrt(float q) { return 1 / std::sqrt(q); }
inline double inverse_sqrt(double q) { return 1 / std::sqrt(q); }
inline long double inverse_sqrt(long double q) { return 1 / std::sqrt(q); }
inline __float128 inverse_sqrt(__float128 q) { return 1 / sqrtq(q); }

}  // namespace bncheck::bn
