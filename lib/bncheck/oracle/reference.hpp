#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bncheck/oracle/enclosure.hpp"

namespace bncheck::oracle {

/// One channel of a problem; every number is the exact double.
struct Channel {
    bool training = true;
    std::vector<std::vector<double>> x;  ///< by step; y, save_mean, ... are those of the last one
    double eps = 0;
    double gamma = 1, beta = 0;  ///< 1 and 0 without affine parameters
    bool running = false;
    double running_mean = 0, running_var = 0;  ///< before the first step; in inference the statistics themselves
    std::vector<double> weights;               ///< of the new batch, by step
    bool weights_are_complements = false;      ///< the true weight is 1 - weights[k] (momentum weighs the old value)
    bool unbiased_running = true;
    std::optional<std::vector<double>> dy;  ///< none: no backward
};

/// Running statistic after a step, and its parts: weight, batch value.
struct RunningTruth {
    Enclosure mean, variance;
    double weight = 0, batch_mean = 0, batch_variance = 0;
};

/// What is true of a channel, by the definition in bn/definition.hpp.
struct Truth {
    Enclosure mu, v, q, r;
    std::vector<Enclosure> xhat, y;
    std::vector<RunningTruth> running;  ///< by step
    std::vector<Enclosure> dx;
    Enclosure dgamma, dbeta, c;  ///< c = mean(dy xhat)
    double mean_abs_dy_xhat = 0;
};

/// The definition in MPFR arithmetic of 256 bits. Its own error is far below the rounding of the result to hi + lo: with
/// u = 2^-256 the two-pass variance is good to (m + 5) u (1 + kappa^2 m u) (design section 4, class sequential), which for
/// m <= 2^40 and mean/stddev <= 2^53 is below 2^-106; the radius is that of the rounding to hi + lo, 2^-105 |value|, and
/// the smallest subnormal.
Truth truth_mpfr256(const Channel& channel);

/// 40 digits, or nan, inf, -inf.
std::string decimal(const Enclosure& value);

/// Library and version behind it, for the report: "MPFR 4.2.0, 256 bit".
std::string mpfr_description();

}  // namespace bncheck::oracle
