#pragma once

#include <cstddef>
#include <vector>

#include "bncheck/core/dtype.hpp"
#include "bncheck/core/shape.hpp"

namespace bncheck {

/// A dense array in C order, of any of the four types.
class Tensor {
public:
    Tensor() = default;
    Tensor(Dtype dtype, std::vector<std::size_t> dims);  ///< zero-filled

    Dtype dtype() const { return dtype_; }
    const std::vector<std::size_t>& dims() const { return dims_; }
    std::size_t size() const { return bytes_.size() / size_of(dtype_); }

    /// Element at a position in storage; `set` rounds once to the type.
    double at(std::size_t position) const { return load(dtype_, bytes_.data() + position * size_of(dtype_)); }
    void set(std::size_t position, double value) { store(dtype_, bytes_.data() + position * size_of(dtype_), value); }

    std::byte* data() { return bytes_.data(); }
    const std::byte* data() const { return bytes_.data(); }
    std::size_t bytes() const { return bytes_.size(); }

    bool operator==(const Tensor&) const = default;  ///< the same type, lengths and bits

private:
    Dtype dtype_ = Dtype::float32;
    std::vector<std::size_t> dims_;
    std::vector<std::byte> bytes_;
};

/// The m values of channel c of a stored N, C, spatial array, in the order of Shape. T is float or double.
template <class T>
std::vector<T> gather(const Tensor& tensor, const Shape& shape, Layout layout, std::size_t c);

/// The reverse; every value is rounded once to the tensor's type. Channels may be scattered concurrently.
template <class T>
void scatter(Tensor& tensor, const Shape& shape, Layout layout, std::size_t c, const std::vector<T>& values);

}  // namespace bncheck
