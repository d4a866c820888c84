#pragma once

#include <cstddef>
#include <vector>

namespace bncheck::judge {

/// An element as plots show it.
struct SampledElement {
    std::size_t channel = 0;
    double want = 0;
    double error = 0;  ///< |got - want|; infinity where one is NaN or infinite and the other not
    double ulps = 0;   ///< the error in Muller's ulp of `want`
    double bound = 0;  ///< of the required class, with the allowance
};

/// Elements of a tensor for plots, in the order of channels: of evenly spaced channels evenly spaced values, all of them where
/// there are few, and never more than 512. Verdicts don't depend on them.
using ElementSample = std::vector<SampledElement>;

/// Steps from one sampled channel to the next, and from one sampled value of a channel to the next; at least 1 each. `values`:
/// of the tensor in one channel.
struct SamplingSteps {
    std::size_t channels, values;
};
SamplingSteps sampling_steps(std::size_t channels, std::size_t values);

/// The largest error / bound of all elements in each block of consecutive channels, from channel 0 on: of every channel where
/// there are up to 64, and never more than 64 blocks. infinity: an error where none is allowed.
struct ChannelMap {
    std::size_t channels_per_block = 1;
    std::vector<double> utilisation;
};
std::size_t channels_per_block(std::size_t channels);

/// What plots show of a tensor.
struct TensorProfile {
    ElementSample elements;
    ChannelMap channels;
};

}  // namespace bncheck::judge
