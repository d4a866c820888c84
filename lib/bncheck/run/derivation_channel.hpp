#pragma once

#include "bncheck/derivation/walk/channel_data.hpp"
#include "bncheck/suite/problem.hpp"

namespace bncheck::run {

/// One channel of a case as the derivation takes it, x that of the last step. `channel` < C; throws where a case of inference
/// has no running statistics, which no case file can ask for.
derivation::ChannelData derivation_channel(const suite::Case& c, const suite::Problem& problem, std::size_t channel);

}  // namespace bncheck::run
