#pragma once

#include "bncheck/core/accuracy_class.hpp"
#include "bncheck/gradient/base_point.hpp"

namespace bncheck::gradient {

/// What the y of a forward of a class err by, at most, anywhere on the steps along a line: constant + slope X_i, X_i =
/// (|xhat_i|
/// + change |dv_i|) stretch, which bounds |xhat_i| there. Infinite where the class guarantees nothing, or y may overflow.
struct Noise {
    double constant = 0, slope = 0;
    double change = 0, stretch = 1;
    double operator()(double xhat, double dv) const { return constant + slope * (xhat + change * dv) * stretch; }
};

/// By the derived bounds (judge/bounds.hpp) for the moments that the channel can have there: with T = reach along the line and
/// kappa = T / rho, |x| and its mean grow by T max|v| and T mean|v|, sqrt(v) by T sqrt(w), q shrinks to q (1 - kappa)^2 at
/// least, and no sum is exact. `gamma` and `beta` are the largest magnitudes of theirs on the line.
Noise forward_noise(const BasePoint& base, const Line& line, const Steps& steps, AccuracyClass c, bool flushes, double gamma,
                    double beta);

/// The tightest class that holds for the y given at the base point: of at most `sample` of its values, evenly spread.
/// accuracy_classes where none does.
std::size_t forward_class(const BasePoint& base, const Values& y, bool flushes, std::size_t sample);

}  // namespace bncheck::gradient
