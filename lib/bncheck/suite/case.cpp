#include "bncheck/suite/case.hpp"

#include <algorithm>

#include "bncheck/bn/momentum.hpp"
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

std::vector<std::string> outputs_of(const Case& c, const bn::Convention& convention, std::string_view pass) {
    std::vector<std::string> names;
    const auto add = [&](std::initializer_list<const char*> more) { names.insert(names.end(), more.begin(), more.end()); };
    if (pass == "double-backward") {
        add({"gdy", "gx"});
        if (c.affine) add({"ggamma"});
    } else if (pass == "backward") {
        add({"dx"});
        if (c.affine) add({"dgamma", "dbeta"});
    } else {
        add({"y"});
        if (c.training) names.insert(names.end(), {"save_mean", std::string(convention.second_saved())});
        if (c.running) add({"running_mean", "running_var"});
    }
    return names;
}

bool judges(const Case& c, std::string_view pass) {
    const auto expects = [&](std::initializer_list<const char*> tensors) {
        return std::any_of(tensors.begin(), tensors.end(), [&](const char* t) { return c.expect.count(t) != 0; });
    };
    if (pass == "double-backward") return c.has(Check::double_backward) || expects({"gdy", "gx", "ggamma"});
    if (pass == "backward") return c.has(Check::backward) || c.has(Check::gradient) || expects({"dx", "dgamma", "dbeta"});
    return c.has(Check::forward) || c.has(Check::running) || !c.expect.empty();
}

double momentum_of(const Case& c, const bn::Convention& convention, std::size_t step) {
    return bn::momentum_in(convention, *c.convention, c.momentum, c.num_batches_tracked + step);
}

std::vector<std::size_t> dims_of(const Case& c, std::string_view tensor) {
    if (tensor_name::is_elementwise(tensor)) return c.shape.stored(c.layout);
    return {c.shape.channels()};
}

Dtype dtype_of(const Case& c, std::string_view tensor) {
    return tensor_name::is_elementwise(tensor) ? c.dtype : statistics_dtype(c.dtype);
}

}  // namespace bncheck::suite
