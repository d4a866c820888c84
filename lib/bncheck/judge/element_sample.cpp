#include "bncheck/judge/element_sample.hpp"

namespace bncheck::judge {
namespace {

constexpr std::size_t most_elements = 512, most_channels = 64;

std::size_t divided_up(std::size_t n, std::size_t by) { return (n + by - 1) / by; }

}  // namespace

SamplingSteps sampling_steps(std::size_t channels, std::size_t values) {
    const std::size_t step = divided_up(channels, most_channels), sampled = divided_up(channels, step);
    return {step, divided_up(values, most_elements / sampled)};
}

}  // namespace bncheck::judge
