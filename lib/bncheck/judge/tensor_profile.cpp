#include "bncheck/judge/tensor_profile.hpp"

namespace bncheck::judge {
namespace {

constexpr std::size_t most_elements = 512, most_channels = 64;

std::size_t divided_up(std::size_t n, std::size_t by) { return (n + by - 1) / by; }

}  // namespace

std::size_t channels_per_block(std::size_t channels) { return divided_up(channels, most_channels); }

SamplingSteps sampling_steps(std::size_t channels, std::size_t values) {
    const std::size_t step = channels_per_block(channels), sampled = divided_up(channels, step);
    return {step, divided_up(values, most_elements / sampled)};
}

}  // namespace bncheck::judge
