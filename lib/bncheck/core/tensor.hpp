#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "bncheck/core/dtype.hpp"
#include "bncheck/core/shape.hpp"

namespace bncheck {

/// A dense array in C order, of any of the four types: its own, or bytes that somebody else keeps (a mapped file), which are
/// copied when they are first written to.
class Tensor {
public:
    Tensor() = default;
    Tensor(Dtype dtype, std::vector<std::size_t> dims);  ///< zero-filled
    /// `bytes` holds size_of(dtype) times the product of the lengths; any alignment.
    Tensor(Dtype dtype, std::vector<std::size_t> dims, std::shared_ptr<const std::byte> bytes);

    Dtype dtype() const { return dtype_; }
    const std::vector<std::size_t>& dims() const { return dims_; }
    std::size_t size() const { return size_; }

    /// Element at a position in storage; `set` rounds once to the type.
    double at(std::size_t position) const { return load(dtype_, std::as_const(*this).data() + position * size_of(dtype_)); }
    void set(std::size_t position, double value) { store(dtype_, data() + position * size_of(dtype_), value); }

    std::byte* data();
    const std::byte* data() const { return shared_ ? shared_.get() : bytes_.data(); }
    std::size_t bytes() const { return size_ * size_of(dtype_); }

    bool operator==(const Tensor& other) const;  ///< the same type, lengths and bits

private:
    Dtype dtype_ = Dtype::float32;
    std::vector<std::size_t> dims_;
    std::size_t size_ = 0;
    std::vector<std::byte> bytes_;
    std::shared_ptr<const std::byte> shared_;
};

/// The m values of channel c of a stored N, C, spatial array, in the order of Shape. S is float (which holds every value of
/// all types but float64) or double.
template <class S>
void gather(const Tensor& tensor, const Shape& shape, Layout layout, std::size_t c, std::span<S> values);
template <class S>
std::vector<S> gather(const Tensor& tensor, const Shape& shape, Layout layout, std::size_t c) {
    std::vector<S> values(shape.count());
    gather(tensor, shape, layout, c, std::span<S>(values));
    return values;
}

/// The reverse; every value is rounded once to the tensor's type. Channels may be scattered concurrently, once data() has
/// been called.
template <class S>
void scatter(Tensor& tensor, const Shape& shape, Layout layout, std::size_t c, std::span<const S> values);

}  // namespace bncheck
