#pragma once

#include <string>
#include <vector>

#include "bncheck/oracle/channel.hpp"
#include "bncheck/oracle/enclosure.hpp"

namespace bncheck::oracle {

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

/// The definition itself, sums and all, in MPFR arithmetic of 256 or 512 bits: what the levels of the filtered oracle are
/// tested against. With u = 2^-256 the two-pass variance is good to (m + 5) u (1 + kappa^2 m u) (design section 4, class
/// sequential), which for m <= 2^40 and mean/stddev <= 2^53 is below 2^-106; the radius is that of the rounding to hi + lo,
/// 2^-105 |value|, and the smallest subnormal.
Truth truth_mpfr256(const Channel& channel);
Truth truth_mpfr512(const Channel& channel);

/// Library and version behind it, for the report: "MPFR 4.2.0, 256 bit".
std::string mpfr_description();

}  // namespace bncheck::oracle
