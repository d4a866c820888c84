#pragma once

#include <array>
#include <string_view>

namespace bncheck {

/// Names of tensors everywhere: case files, requests, reports (design section 5).
namespace tensor_name {
inline constexpr std::array<std::string_view, 9> inputs{"x",  "gamma", "beta",    "running_mean", "running_var",
                                                        "dy", "ddx",   "ddgamma", "ddbeta"};
inline constexpr std::array<std::string_view, 12> outputs{
    "y", "save_mean", "save_invstd", "save_var", "running_mean", "running_var", "dx", "dgamma", "dbeta", "gdy", "gx", "ggamma"};
/// Whether a tensor has one value per element of x; the others have one per channel.
constexpr bool is_elementwise(std::string_view name) {
    return name == "x" || name == "y" || name == "dy" || name == "dx" || name == "ddx" || name == "gdy" || name == "gx";
}
/// Whether a tensor is an output of the double backward.
constexpr bool is_second_order(std::string_view name) { return name == "gdy" || name == "gx" || name == "ggamma"; }
}  // namespace tensor_name

}  // namespace bncheck
