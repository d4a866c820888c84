#pragma once

#include "bncheck/core/values.hpp"
#include "bncheck/judge/verdict.hpp"
#include "bncheck/oracle/double_level.hpp"

namespace bncheck::judge {

/// The first of the elements begin, begin + 1, ... of a channel that would change what is found of a tensor beyond the count of
/// its elements, or of which the double level alone cannot say so; the number of values where there is none. Vectorised: right
/// elements of large channels never come before TensorFindings::add.
///
/// Passed over is what lies, with its radius, within the required class and the tightest one so far, and breaks none of the
/// records of `findings`. Bounds are the classes' own, which the nested ones are not below.
std::size_t first_of_interest(bool dx, const oracle::ChannelView& channel, const Values& got, std::size_t begin,
                              const oracle::DoubleLevelState& state, const ChannelBounds& bounds,
                              const Requirement& requirement, const TensorFindings& findings);

}  // namespace bncheck::judge
