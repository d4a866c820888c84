#include "bncheck/suite/case.hpp"

#include "bncheck/core/tensor_name.hpp"

namespace bncheck::suite {

std::string_view name_of(Check check) {
    static constexpr std::string_view names[] = {"forward",         "running",    "backward",   "gradient",
                                                 "double-backward", "derivation", "properties", "determinism"};
    return names[static_cast<std::size_t>(check)];
}

std::string_view name_of(const Generator& generator) {
    static constexpr std::string_view names[] = {"normal",  "uniform",     "constant", "values",      "file",     "lattice",
                                                 "impulse", "alternating", "outlier",  "affine_of_x", "subnormal"};
    static_assert(std::size(names) == std::variant_size_v<Generator>);
    return names[generator.index()];
}

std::optional<Case> leading_channels(const Case& c, std::size_t channels) {
    if (!c.expect.empty() || c.refusal) return std::nullopt;
    for (const auto& [tensor, generator] : c.data)
        if (std::holds_alternative<Values>(generator) || std::holds_alternative<File>(generator)) return std::nullopt;
    Case leading = c;
    leading.shape.dims[1] = channels;
    return leading;
}

std::vector<std::size_t> dims_of(const Case& c, std::string_view tensor) {
    if (tensor_name::is_elementwise(tensor)) return c.shape.stored(c.layout);
    return {c.shape.channels()};
}

Dtype dtype_of(const Case& c, std::string_view tensor) {
    return tensor_name::is_elementwise(tensor) ? c.dtype : statistics_dtype(c.dtype);
}

}  // namespace bncheck::suite
