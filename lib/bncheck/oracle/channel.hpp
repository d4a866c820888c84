#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bncheck/bn/convention.hpp"
#include "bncheck/core/values.hpp"

namespace bncheck::oracle {

/// What belongs to one channel of a problem but its values; every number is the exact double.
struct ChannelParameters {
    bool training = true;
    double eps = 0;
    double gamma = 1, beta = 0;  ///< 1 and 0 without affine parameters
    bool running = false;
    double running_mean = 0, running_var = 0;  ///< before the first step; in inference the statistics themselves
    std::vector<double> weights;               ///< of the new batch, by step
    bool weights_are_complements = false;      ///< the true weight is 1 - weights[k] (momentum weighs the old value)
    bool unbiased_running = true;
    double weight_roundings = 0;  ///< that a candidate's own weight may be away from weights[k] (bn::weight_roundings())

    /// Weights, their meaning and the kind of variance, for a momentum a step; the first step follows `batches` others.
    void follow(const bn::Convention& convention, std::span<const double> momentum, std::uint64_t batches);
};

/// One channel, its values kept elsewhere. y, save_mean, ... are those of the last step.
struct ChannelView : ChannelParameters {
    std::vector<Values> x;  ///< by step; each of m values
    Values dy;              ///< empty: no backward

    bool backward() const { return dy.size() != 0; }
    double count() const { return static_cast<double>(x.back().size()); }
};

/// One channel with its values.
struct Channel : ChannelParameters {
    std::vector<std::vector<double>> x;
    std::optional<std::vector<double>> dy;

    ChannelView view() const {
        ChannelView view{*this, {x.begin(), x.end()}, {}};
        if (dy) view.dy = *dy;
        return view;
    }
};

/// The same, with its own copy of the values.
Channel copy_of(const ChannelView& view);

}  // namespace bncheck::oracle
