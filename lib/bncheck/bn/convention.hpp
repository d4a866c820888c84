#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bncheck::bn {

/// What `momentum` weighs in running = (1 - w) running + w batch.
enum class Momentum {
    weighs_new,   ///< w = momentum
    weighs_old,   ///< w = 1 - momentum
    accumulates,  ///< S = momentum S + batch, s = momentum s + 1, both from 0; running = S / s, so w = 1 / s
};

/// Which variance of a batch enters running_var, by what its biased variance is multiplied by.
enum class RunningVariance {
    biased,              ///< 1
    unbiased,            ///< m / (m - 1); undefined where m = 1
    unbiased_above_one,  ///< m / max(m - 1, 1)
    unspecified,         ///< the source does not say: running_var is not judged
};

/// What the forward hands to the backward.
enum class Saved { mean_invstd, mean_variance, xhat_stddev, nothing };

/// Training with one value per channel, where the variance is 0 and m - 1 too.
enum class OneValue {
    refused,                ///< an error
    by_formula,             ///< y = beta, running_var blends 0
    running_var_undefined,  ///< the same, but running_var becomes 0/0
    copies_x,               ///< y = x and running statistics as they were: no batch normalization
};

/// How averaging over all batches so far (the new batch weighs 1 / (n + 1)) is asked for.
enum class Cumulative {
    not_offered,
    no_momentum,       ///< a momentum of None
    factor_per_batch,  ///< the caller gives 1 / (n + 1) with every batch
    momentum_one,      ///< a momentum of 1
};

/// What a framework means by its parameters (design section 6). One row of the table in convention.cpp.
struct Convention {
    std::string_view name;
    std::string_view of;             ///< the interface that is meant
    std::string_view momentum_name;  ///< what it calls momentum
    Momentum momentum;
    std::optional<double> default_momentum;  ///< none: the caller must give it
    RunningVariance running_variance;
    std::optional<double> default_eps;  ///< none: the caller must give it
    double minimum_eps;                 ///< 0: none but that it is not negative
    std::string_view below_minimum;     ///< what becomes of an eps below the minimum
    Saved saved;
    OneValue one_value;
    Cumulative cumulative;
    std::string_view affine = "";         ///< where gamma and beta are not simply the operation's own
    bool updates_in_backward = false;     ///< of the running statistics, not in the forward
    std::string_view normalization = "";  ///< where y may be another than this definition's
    std::string_view source;              ///< where it was read, or what was run
    std::string_view inferred;            ///< what was not read or run but concluded; "": nothing
    std::string_view note;

    /// Its own, else bncheck's: 1e-5, and a new batch that weighs 0.1.
    double eps() const { return default_eps.value_or(1e-5); }
    double momentum_or_ours() const { return default_momentum.value_or(momentum == Momentum::weighs_new ? 0.1 : 0.9); }
    /// Whether the unbiased variance enters running_var where m > 1.
    bool unbiased() const {
        return running_variance == RunningVariance::unbiased || running_variance == RunningVariance::unbiased_above_one;
    }
    /// The second tensor that a training forward is asked for beside save_mean: save_var where the variance is handed to the
    /// backward, else save_invstd, also where nothing is (it may be left out).
    std::string_view second_saved() const { return saved == Saved::mean_variance ? "save_var" : "save_invstd"; }

    /// Why a training batch of m values per channel cannot be put to it, or "".
    std::string refusal_of(std::size_t m) const;
    /// Why running_var after a training batch of m values per channel is not judged, or "".
    std::string running_var_obstacle(std::size_t m) const;
};

std::span<const Convention> conventions();
const Convention* convention_named(std::string_view name);  ///< null where there is none of that name
std::vector<std::string> convention_names();

// The enumerations in words.
std::string_view words(Momentum momentum);
std::string_view words(RunningVariance variance);
std::string_view words(Saved saved);
std::string_view words(OneValue one_value);
std::string_view words(Cumulative cumulative);

}  // namespace bncheck::bn
