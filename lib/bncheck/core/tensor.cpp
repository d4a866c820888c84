#include "bncheck/core/tensor.hpp"

#include <cstring>
#include <utility>

namespace bncheck {
namespace {

std::size_t product(const std::vector<std::size_t>& dims) {
    std::size_t elements = 1;
    for (std::size_t d : dims) elements *= d;
    return elements;
}

}  // namespace

Tensor::Tensor(Dtype dtype, std::vector<std::size_t> dims)
    : dtype_(dtype), dims_(std::move(dims)), size_(product(dims_)), bytes_(size_ * size_of(dtype)) {}

Tensor::Tensor(Dtype dtype, std::vector<std::size_t> dims, std::shared_ptr<const std::byte> bytes)
    : dtype_(dtype), dims_(std::move(dims)), size_(product(dims_)), shared_(std::move(bytes)) {}

std::byte* Tensor::data() {
    if (shared_) {
        bytes_.assign(shared_.get(), shared_.get() + bytes());
        shared_.reset();
    }
    return bytes_.data();
}

bool Tensor::operator==(const Tensor& other) const {
    return dtype_ == other.dtype_ && dims_ == other.dims_ && (bytes() == 0 || std::memcmp(data(), other.data(), bytes()) == 0);
}

namespace {

/// Calls visit(first value, first position, n) for the pieces of a channel that are `step` elements apart in storage.
template <class Visit>
void for_each_piece(const Shape& shape, Layout layout, std::size_t c, Visit visit) {
    const std::size_t area = shape.spatial();
    if (layout == Layout::nhwc) return visit(0, c, shape.count());
    for (std::size_t n = 0; n < shape.batch(); ++n) visit(n * area, shape.offset(layout, c, n * area), area);
}

}  // namespace

template <class S>
void gather(const Tensor& tensor, const Shape& shape, Layout layout, std::size_t c, std::span<S> values) {
    const std::size_t step = layout == Layout::nhwc ? shape.channels() : 1, width = size_of(tensor.dtype());
    const bool same_type = tensor.dtype() == (sizeof(S) == 4 ? Dtype::float32 : Dtype::float64);
    for_each_piece(shape, layout, c, [&](std::size_t first, std::size_t position, std::size_t n) {
        const std::byte* from = tensor.data() + position * width;
        if (same_type && step == 1) {
            std::memcpy(values.data() + first, from, n * width);
        } else if (tensor.dtype() == Dtype::float32) {
            for (std::size_t i = 0; i < n; ++i) {
                float value;
                std::memcpy(&value, from + i * step * sizeof value, sizeof value);
                values[first + i] = value;
            }
        } else {
            for (std::size_t i = 0; i < n; ++i)
                values[first + i] = static_cast<S>(load(tensor.dtype(), from + i * step * width));
        }
    });
}

template <class S>
void scatter(Tensor& tensor, const Shape& shape, Layout layout, std::size_t c, std::span<const S> values) {
    const std::size_t step = layout == Layout::nhwc ? shape.channels() : 1, width = size_of(tensor.dtype());
    std::byte* const data = tensor.data();
    for_each_piece(shape, layout, c, [&](std::size_t first, std::size_t position, std::size_t n) {
        for (std::size_t i = 0; i < n; ++i)
            store(tensor.dtype(), data + (position + i * step) * width, static_cast<double>(values[first + i]));
    });
}

template void gather(const Tensor&, const Shape&, Layout, std::size_t, std::span<float>);
template void gather(const Tensor&, const Shape&, Layout, std::size_t, std::span<double>);
template void scatter(Tensor&, const Shape&, Layout, std::size_t, std::span<const float>);
template void scatter(Tensor&, const Shape&, Layout, std::size_t, std::span<const double>);

}  // namespace bncheck
