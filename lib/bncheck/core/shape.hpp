#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bncheck {

/// Where the channel stands in storage: second (NCHW, any rank) or last (NHWC).
enum class Layout { nchw, nhwc };

std::string_view name_of(Layout layout);
std::optional<Layout> layout_from(std::string_view name);

/// Logical shape N, C, spatial... of rank 2 to 5. Values of a channel are numbered i = n * spatial + s, 0 <= i < m.
struct Shape {
    std::vector<std::size_t> dims;

    std::size_t batch() const { return dims[0]; }
    std::size_t channels() const { return dims[1]; }
    std::size_t spatial() const;                               ///< product of the spatial lengths; 1 at rank 2
    std::size_t count() const { return batch() * spatial(); }  ///< m, the values per channel
    std::size_t elements() const { return count() * channels(); }

    /// Lengths as stored: [N, C, spatial...] or [N, spatial..., C].
    std::vector<std::size_t> stored(Layout layout) const;

    /// Position in storage of value i of channel c.
    std::size_t offset(Layout layout, std::size_t c, std::size_t i) const;

    /// Logical index (n, c, spatial...) of value i of channel c.
    std::vector<std::size_t> index(std::size_t c, std::size_t i) const;

    bool operator==(const Shape&) const = default;
};

/// "8x16x28x28"
std::string to_string(const std::vector<std::size_t>& dims);

}  // namespace bncheck
