#pragma once

#include <vector>

#include "bncheck/oracle/channel.hpp"

namespace bncheck::oracle {

/// What an oracle level computes with: u bounds the relative error of one operation; a term passes through at most `height`
/// additions on its way into a sum.
struct Arithmetic {
    double u, height;
};

/// The terms of the radii below: of each quantity, where its error comes from. A test leaves out one at a time and shows a
/// channel whose truth then lies outside.
enum class Term {
    none,
    mean_sum,          ///< mu: the sum
    variance_sum,      ///< v: the sums
    r_variance,        ///< r: v
    r_rounding,        ///< addition of eps, root and quotient
    xhat_mean,         ///< xhat: mu
    xhat_variance,     ///< v
    xhat_rounding,     ///< all its operations from v on
    y_mean,            ///< y: mu
    y_variance,        ///< v
    y_product,         ///< operations up to gamma xhat
    y_sum,             ///< the addition of beta
    running_old,       ///< running statistics: the statistic before
    running_new,       ///< the batch's
    running_rounding,  ///< their blending
    dbeta_sum,         ///< dbeta: the sum
    dgamma_sum,        ///< dgamma: the sum, operations, and v
    dgamma_mean,       ///< mu
    dx_mean_dy,        ///< dx: mean dy
    dx_c,              ///< c = mean(dy xhat), and operations on xhat c
    dx_mean,           ///< mu
    dx_variance,       ///< v
    dx_rounding,       ///< all other operations
    arithmetic,        ///< of the MPFR level: all its operations
    stored_rounding,   ///< of the MPFR level: the value's rounding to two doubles
};
inline constexpr std::size_t term_count = static_cast<std::size_t>(Term::stored_rounding) + 1;

/// |value - truth| <= a + b |xhat| + c |w|, where w is y of y, the bracket dy - mean dy - xhat c of dx in training, dy of dx
/// in inference.
struct Linear {
    double a = 0, b = 0, c = 0;
    double operator()(double xhat, double w) const { return a + b * xhat + c * w; }  ///< of their magnitudes
};

/// Radii of everything that a level computes of one channel by the definition's operations in their order (derivations in
/// radius.cpp). Each is valid where `holds`: the first-order analysis needs rho, height u <= 2^-10, eta^2 <= u v and, in
/// double, 2 u |mu| <= sqrt(v).
struct Radii {
    bool holds = false;
    double eta = 0, variance = 0, rho = 0;  ///< of mu and v; of r, relative
    Linear xhat, y, dx;
    double mean_dy = 0, c = 0, dgamma = 0, dbeta = 0;
};

/// What derived bounds and radii depend on, of the values of one channel in one step; sums by oracle/sweep.hpp in double.
struct MomentFacts {
    double m;
    double hi, lo;   ///< the mean is within eta of hi + lo
    double eta;      ///< 0 for a constant channel
    double v;        ///< sum of ((x - hi) - lo)^2 / m, biased
    double v_error;  ///< |v - variance|
    double mean_abs, max_abs, mean_square;
    double max_deviation;  ///< max |x - mu|
    double nonzero;        ///< terms that are not zero
    bool constant;         ///< all values are the same
    bool exact_sum;        ///< sum x is exact in any order in the statistics' type
    bool exact_squares;    ///< so is mu, by division and by 1/m as a factor, every (x - mu)^2, and in any order their sum
    bool exact_v;          ///< and v is the variance, by both
};

struct BackwardFacts {
    double mean_dy, mean_abs_dy, products, abs_products;  ///< means of dy, |dy|, dy d, |dy d| with d = (x - hi) - lo
    double nonzero, max_abs_dy;
    bool exact_dy, exact_products;  ///< sums of dy, and of dy xhat, are exact in any order in the statistics' type
    bool exact_brackets;            ///< and sums of gamma dy xhat, and of gamma r dy and gamma r xhat c together
};

/// Of one channel; `x` by step, the rest of the last step (in inference of the running statistics).
struct ChannelFacts {
    std::vector<MomentFacts> x;
    double hi = 0, lo = 0, eta = 0;  ///< mu
    double v = 0, v_error = 0, q = 0, r = 0;
    BackwardFacts dy{};
    Radii radii;  ///< of these numbers and of the elements computed from them in double
};

/// `eta` is the level's own error of the mean (0 in inference).
Radii radii(const Arithmetic& arithmetic, double eta, const ChannelParameters& channel, const ChannelFacts& facts,
            Term omitted = Term::none);

/// |v' - v| of v' = sum((x - mu')^2)/m, where eta^2 <= u v.
double variance_error(const Arithmetic& arithmetic, double v);

/// Errors of the mean: of double sums with TwoSum, and of sums in a type whose u is far below double's.
double compensated_mean_error(double m, double mean_abs);
double plain_mean_error(const Arithmetic& arithmetic, double mean_abs);

/// |value - truth| of (1 - w) old + w batch.
double running_error(const Arithmetic& arithmetic, double weight, double old, double old_error, double batch,
                     double batch_error, Term omitted = Term::none);

}  // namespace bncheck::oracle
