#pragma once

#include <span>
#include <vector>

#include "bncheck/core/dtype.hpp"
#include "bncheck/core/values.hpp"

namespace bncheck {

/// The values of one channel: as floats for the types whose values are floats, as doubles for float64.
class ChannelBuffer {
public:
    ChannelBuffer() = default;
    ChannelBuffer(Dtype dtype, std::size_t m) : narrow_(dtype != Dtype::float64) {
        if (narrow_)
            floats_.resize(m);
        else
            doubles_.resize(m);
    }
    Values values() const { return narrow_ ? Values(floats_) : Values(doubles_); }
    /// Calls fill(std::span<float>) or fill(std::span<double>).
    template <class Fill>
    void visit(Fill fill) {
        if (narrow_)
            fill(std::span<float>(floats_));
        else
            fill(std::span<double>(doubles_));
    }

private:
    bool narrow_ = true;
    std::vector<float> floats_;
    std::vector<double> doubles_;
};

}  // namespace bncheck
