#pragma once

#include <functional>
#include <vector>

#include "bncheck/gradient/base_point.hpp"
#include "bncheck/gradient/forward_noise.hpp"
#include "bncheck/judge/entry_findings.hpp"

// The Taylor test: with L = sum dy_i y_i and the candidate's own dx, the remainder
//
//     R(h) = | L(x + h v) - L(x) - h <dx, v> |
//
// falls as h^2 until noise, if dx is the gradient of L, and as h if it is not. Along the line L(t) = (A + t B) q(t)^(-1/2) and
// a constant, A = gamma sum dy d, B = gamma sum dy dv. On |t| < rho / 2 of the radius rho of gradient/base_point.hpp it is at
// most M = 2 r (|A| + rho |B| / 2), so that by Cauchy's estimates R(h) <= M tau^2 / (1 - tau), tau = 2 h / rho. Beside it stand
// the noise of y in both values of L, and what dx may err by.
namespace bncheck::gradient {

using judge::Entry;
using judge::EntryFindings;

struct TaylorPoint {
    double h, remainder, allowed;  ///< allowed: all of that, under the classes that y and dx were found to be of
};

/// What one channel's values are, for steps that halve from one to the next.
struct TaylorValues {
    Values dy, dx, y;  ///< at the base point
    std::vector<double> h;
    std::vector<Values> y_at;        ///< at x + h v
    std::vector<signed char> signs;  ///< v
    Noise found, required;           ///< of y
    AccuracyClass dx_found, dx_required;
    Line line;
};

struct TaylorResult {
    EntryFindings findings;  ///< one entry, <dx, v> beside (L(h) - L(0)) / h at the step that allows least
    std::vector<TaylorPoint> curve;
    double slope = 0;  ///< of log R over log h where R is above the noise, the median; NaN where there are not two such steps
};

/// Fails where R exceeds what is allowed under the required class at some step. Decided where at some step the allowed is less
/// than what h <dx, v> would change by if one of the terms of dx = gamma r (dy - mean dy - xhat mean(dy xhat)) were absent, or
/// all.
TaylorResult judge_taylor(const BasePoint& base, std::size_t channel, const TaylorValues& values, bool flushes);

/// A direction in which L changes: the signs of dx (of -1 or 1 where it is 0), a quarter of them, at random, reversed.
/// `random` gives bits by index.
std::vector<signed char> taylor_direction(const BasePoint& base, const Values& dy,
                                          const std::function<std::uint64_t(std::size_t)>& random);

/// Steps from a quarter of rho down to the grid, at most `most`.
std::vector<double> taylor_steps(const BasePoint& base, const Line& line, std::size_t most);

}  // namespace bncheck::gradient
