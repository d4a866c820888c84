#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include "bncheck/core/dtype.hpp"
#include "bncheck/core/values.hpp"

namespace bncheck {

/// Room for the values of one channel: floats for the types whose values are floats, doubles for float64. Not initialized,
/// since whoever asks for it fills it.
class ChannelBuffer {
public:
    ChannelBuffer() = default;
    ChannelBuffer(Dtype dtype, std::size_t m) : size_(m) {
        if (dtype == Dtype::float64)
            doubles_ = std::make_unique_for_overwrite<double[]>(m);
        else
            floats_ = std::make_unique_for_overwrite<float[]>(m);
    }
    Values values() const {
        return doubles_ ? Values(std::span<const double>(doubles_.get(), size_))
                        : Values(std::span<const float>(floats_.get(), size_));
    }
    /// Calls fill(std::span<float>) or fill(std::span<double>).
    template <class Fill>
    void visit(Fill fill) {
        if (doubles_)
            fill(std::span<double>(doubles_.get(), size_));
        else
            fill(std::span<float>(floats_.get(), size_));
    }

private:
    std::size_t size_ = 0;
    std::unique_ptr<float[]> floats_;
    std::unique_ptr<double[]> doubles_;
};

/// e_j: 1 at j, 0 elsewhere.
inline ChannelBuffer unit_vector(Dtype dtype, std::size_t m, std::size_t j) {
    ChannelBuffer buffer(dtype, m);
    buffer.visit([&](auto values) {
        std::fill(values.begin(), values.end(), 0);
        values[j] = 1;
    });
    return buffer;
}

}  // namespace bncheck
