#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace bncheck {

/// A view of numbers kept as float (where every value is one: float16 to float32 data) or as double.
class Values {
public:
    Values() = default;
    Values(std::span<const float> values) : narrow_(values.data()), size_(values.size()) {}
    Values(std::span<const double> values) : wide_(values.data()), size_(values.size()) {}
    Values(const std::vector<float>& values) : Values(std::span<const float>(values)) {}
    Values(const std::vector<double>& values) : Values(std::span<const double>(values)) {}

    std::size_t size() const { return size_; }
    double operator[](std::size_t i) const { return narrow_ ? static_cast<double>(narrow_[i]) : wide_[i]; }
    bool uniform() const {  ///< all are the same number
        for (std::size_t i = 1; i < size_; ++i)
            if ((*this)[i] != (*this)[0]) return false;
        return true;
    }
    const float* narrow() const { return narrow_; }  ///< null where they are doubles
    const double* wide() const { return wide_; }

private:
    const float* narrow_ = nullptr;
    const double* wide_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace bncheck
