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

/// Widens the facts of a base point to those that the channel can have on the steps along a line: with T = reach and kappa = T
/// / rho, |x| and its mean grow by T max|v| and T mean|v|, sqrt(v) by T sqrt(w), q shrinks to q (1 - kappa)^2 at least, and no
/// sum is exact.
void widen(oracle::ChannelFacts& facts, const BasePoint& base, const Line& line, const Steps& steps);

/// By the derived bounds (judge/bounds.hpp) for the facts so widened. `gamma` and `beta` are the largest magnitudes of theirs
/// on the line.
Noise forward_noise(const BasePoint& base, const Line& line, const Steps& steps, AccuracyClass c, bool flushes, double gamma,
                    double beta);

/// The same of a backward: dx errs by a + b X_i + c (|dy_i| + |mean dy| + X_i s), s a bound of |mean(dy xhat)| on the line,
/// which is what the bracket of dx is made of.
struct BackwardNoise {
    double a = 0, b = 0, c = 0, mean_dy = 0, s = 0;
    double change = 0, stretch = 1;
    double dgamma = 0;
    double dx(double xhat, double dv, double dy) const {
        const double X = (xhat + change * dv) * stretch;
        return a + b * X + c * (dy + mean_dy + X * s);
    }
};

/// `with_dy`: facts of the base point with dy; `dy_dv`: |mean(dy dv)|, by which mean(dy d) changes along the line; `dy_step`:
/// by how much elements of dy change.
BackwardNoise backward_noise(const BasePoint& base, const oracle::ChannelFacts& with_dy, const Values& dy, double dy_dv,
                             double dy_step, const Line& line, const Steps& steps, AccuracyClass c, bool flushes);

/// The tightest class that holds for the y, or the dx of a dy, given at the base point: of at most `sample` of the values,
/// evenly spread. accuracy_classes where none does.
std::size_t forward_class(const BasePoint& base, const Values& y, bool flushes, std::size_t sample);
std::size_t backward_class(const BasePoint& base, const Values& dy, const Values& dx, bool flushes, std::size_t sample);

}  // namespace bncheck::gradient
