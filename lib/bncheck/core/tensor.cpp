#include "bncheck/core/tensor.hpp"

#include <cstring>

namespace bncheck {

Tensor::Tensor(Dtype dtype, std::vector<std::size_t> dims) : dtype_(dtype), dims_(std::move(dims)) {
    std::size_t elements = 1;
    for (std::size_t d : dims_) elements *= d;
    bytes_.resize(elements * size_of(dtype));
}

namespace {

/// Calls visit(i, position in storage) for the values of a channel in order, without a division a value.
template <class Visit>
void for_each_value(const Shape& shape, Layout layout, std::size_t c, Visit visit) {
    const std::size_t area = shape.spatial();
    const std::size_t step = layout == Layout::nhwc ? shape.channels() : 1;
    for (std::size_t n = 0, i = 0; n < shape.batch(); ++n) {
        std::size_t position = shape.offset(layout, c, i);
        for (std::size_t s = 0; s < area; ++s, ++i, position += step) visit(i, position);
    }
}

}  // namespace

template <class T>
std::vector<T> gather(const Tensor& tensor, const Shape& shape, Layout layout, std::size_t c) {
    std::vector<T> values(shape.count());
    for_each_value(shape, layout, c,
                   [&](std::size_t i, std::size_t position) { values[i] = static_cast<T>(tensor.at(position)); });
    return values;
}

template <class T>
void scatter(Tensor& tensor, const Shape& shape, Layout layout, std::size_t c, const std::vector<T>& values) {
    for_each_value(shape, layout, c, [&](std::size_t i, std::size_t position) { tensor.set(position, values[i]); });
}

template std::vector<float> gather(const Tensor&, const Shape&, Layout, std::size_t);
template std::vector<double> gather(const Tensor&, const Shape&, Layout, std::size_t);
template void scatter(Tensor&, const Shape&, Layout, std::size_t, const std::vector<float>&);
template void scatter(Tensor&, const Shape&, Layout, std::size_t, const std::vector<double>&);

}  // namespace bncheck
