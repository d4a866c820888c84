#include "bncheck/core/shape.hpp"

namespace bncheck {

std::string_view name_of(Layout layout) { return layout == Layout::nchw ? "NCHW" : "NHWC"; }

std::optional<Layout> layout_from(std::string_view name) {
    if (name == "NCHW") return Layout::nchw;
    if (name == "NHWC") return Layout::nhwc;
    return std::nullopt;
}

std::size_t Shape::spatial() const {
    std::size_t product = 1;
    for (std::size_t d = 2; d < dims.size(); ++d) product *= dims[d];
    return product;
}

std::vector<std::size_t> Shape::stored(Layout layout) const {
    if (layout == Layout::nchw) return dims;
    std::vector<std::size_t> lengths{batch()};
    lengths.insert(lengths.end(), dims.begin() + 2, dims.end());
    lengths.push_back(channels());
    return lengths;
}

std::size_t Shape::offset(Layout layout, std::size_t c, std::size_t i) const {
    if (layout == Layout::nhwc) return i * channels() + c;
    const std::size_t area = spatial();
    return ((i / area) * channels() + c) * area + i % area;
}

std::vector<std::size_t> Shape::index(std::size_t c, std::size_t i) const {
    std::vector<std::size_t> result(dims.size());
    for (std::size_t d = dims.size(); d-- > 2;) {
        result[d] = i % dims[d];
        i /= dims[d];
    }
    result[0] = i;
    result[1] = c;
    return result;
}

std::string to_string(const std::vector<std::size_t>& dims) {
    std::string text;
    for (std::size_t d : dims) text += (text.empty() ? "" : "x") + std::to_string(d);
    return text;
}

}  // namespace bncheck
