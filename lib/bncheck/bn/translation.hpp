#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bncheck/bn/convention.hpp"

namespace bncheck::bn {

/// 1 - a decimal in [0, 1], exactly, as a plain decimal: "0.99" gives "0.01". None where the text is no such decimal, or has an
/// exponent beyond 400.
std::optional<std::string> one_minus(std::string_view decimal);

/// The training that running statistics come from, as far as it is known.
struct Training {
    std::optional<double> momentum;        ///< in the meaning of the convention that it happened under; none: cumulative
    std::optional<std::uint64_t> batches;  ///< none: so many that nothing is left of the initial values
    std::optional<std::uint64_t> count;    ///< m, values per channel in a batch
    double initial_mean = 0, initial_var = 1;
};

/// What an initial value still weighs in a running statistic, and what the batches weigh together; each rounded once.
struct Shares {
    double initial = 0, batches = 1;
};
/// (1 - w)^n after n batches, and 1 - (1 - w)^n; 0 and 1 once a batch has been averaged cumulatively or accumulated, and where
/// `batches` is not known.
Shares shares_of(const Convention& convention, const Training& training);
/// The same in another convention, to which the training's momentum is translated.
Shares shares_in(const Convention& to, const Convention& from, const Training& training);

/// What the part of running_var that came from batches is multiplied by from one convention to another.
enum class VarianceFactor {
    one,
    unbias,       ///< m / (m - 1)
    bias,         ///< (m - 1) / m
    unspecified,  ///< one of the two does not say which variance it takes
};
VarianceFactor variance_factor(const Convention& from, const Convention& to);

/// Why running_var cannot be converted with what is known, and what would help; empty where it can.
struct Obstacle {
    std::string reason, advice;
};
Obstacle variance_obstacle(const Convention& from, const Convention& to, const Training& training);

/// Turns the running statistics of a training under one convention into those that the same batches give under another, with
/// the momentum of the same meaning (what tends to it, where one of the two accumulates).
///
/// After n batches of statistic b_k a running value is R = a initial + (1 - a) B: a the initial value's share, B a weighted
/// mean of f b_k, f the convention's factor of the biased variance. All conventions weigh the batches alike: by w (1 - w)^(n -
/// k) / (1 - (1 - w)^n), which is what accumulation with fraction 1 - w gives too. So only a and f change:
///
///     R' = a' initial + (1 - a') (f' / f) (R - a initial) / (1 - a),
///
/// with a' = a where both or none accumulate. Evaluated in double: within 8 U (|R'| + a' |initial| + (f' / f) (1 - a') / (1 -
/// a)
/// (|R| + a |initial|)), U = 2^-53: of the last product 3 U come from R - a initial and f' / f, 3 U from the quotient of
/// shares, one from multiplying them, and 2 U of a initial from that alone.
///
/// The constructor throws Error{usage, "count"} where running_var cannot be converted and is asked for (`with_variance`).
class StatisticsTranslation {
public:
    StatisticsTranslation(const Convention& from, const Convention& to, const Training& training, bool with_variance);

    double mean(double running_mean) const;
    double variance(double running_var) const;

    /// False where running_var is less than what its initial value alone leaves after so many batches, beyond the roundings of
    /// training in a type of unit roundoff u (3 u a step): then the number of batches, the momentum or the initial value is
    /// not that of the training.
    bool plausible_variance(double running_var, double u) const;

private:
    double translated(double value, double initial, double factor) const;
    Training training_;
    Shares from_, to_;
    double factor_ = 1;
};

}  // namespace bncheck::bn
