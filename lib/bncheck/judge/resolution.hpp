#pragma once

#include <vector>

#include "bncheck/judge/bounds.hpp"

namespace bncheck::judge {

/// Marks in `resolved` the indices whose omission from the sums of mean, variance, dgamma or dbeta moves save_mean,
/// save_invstd, dgamma or dbeta by more than the bound of the class.
void mark_resolved(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts, const ChannelBounds& bounds,
                   AccuracyClass c, std::vector<char>& resolved);

}  // namespace bncheck::judge
