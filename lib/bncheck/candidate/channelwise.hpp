#pragma once

#include "bncheck/core/channel_buffer.hpp"
#include "bncheck/suite/case.hpp"

namespace bncheck::candidate {

enum class Pass { forward, backward, double_backward };
std::string_view name_of(Pass pass);  ///< as requests have it: "double-backward"

/// One pass over one channel of a case.
struct ChannelPass {
    const suite::Case& c;
    const bn::Convention* convention;
    double momentum;                    ///< in that convention
    std::uint64_t num_batches_tracked;  ///< batches before this one
    Pass pass;
    Values x, dy;
    double gamma = 1, beta = 0, running_mean = 0, running_var = 1;
    std::size_t channel = 0;  ///< its number in the case
    Values ddx = {};          ///< this and what follows: of the double backward
    double ddgamma = 0, ddbeta = 0;
};

/// What it gives; per-channel values are rounded to the statistics' type.
struct ChannelResult {
    ChannelBuffer elements;  ///< y, dx, or gdy; of the case's type
    ChannelBuffer gx;
    double save_mean = 0, save_invstd = 0, save_var = 0, running_mean = 0, running_var = 0, dgamma = 0, dbeta = 0, ggamma = 0;
    /// One of the numbers by its tensor's name.
    double& at(std::string_view tensor);
};

/// A candidate that computes each channel by itself, in this process: a case too large for memory can be put to it channel by
/// channel. Called from several threads at once.
class Channelwise {
public:
    virtual ~Channelwise() = default;
    virtual ChannelResult run_channel(const ChannelPass& pass) const = 0;
};

}  // namespace bncheck::candidate
