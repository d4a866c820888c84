#pragma once

#include <cstdint>
#include <vector>

#include "bncheck/core/dtype.hpp"
#include "bncheck/oracle/channel.hpp"

namespace bncheck::test {

/// A channel whose values are kept as the oracle sees them: floats for all types but float64.
struct TypedChannel {
    Dtype dtype = Dtype::float32;
    oracle::Channel channel;
    std::vector<std::vector<float>> x;  ///< by step; empty for float64
    std::vector<float> dy;

    TypedChannel(Dtype type, const oracle::Channel& values);
    oracle::ChannelView view() const;
};

/// Data, parameters and mode drawn from a seed, biased towards what breaks error bounds: mean/stddev to 1e8, outliers, constant
/// and two-valued channels, subnormals, values near the largest number, cancelling outputs; most m below 64.
/// `m` 0 draws the number of values.
TypedChannel random_channel(std::uint64_t seed, Dtype dtype, std::size_t m = 0);

}  // namespace bncheck::test
