#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bncheck::bn {

/// What a framework means by its parameters (design section 6).
struct Convention {
    std::string_view name;
    bool momentum_weighs_new;  ///< running = (1 - w) running + w batch with w = momentum, else w = 1 - momentum
    bool unbiased_running;     ///< running_var blends v m / (m - 1), else v
    double default_eps, minimum_eps;
    double default_momentum;
    bool saves_variance;     ///< the forward hands save_var to the backward, else save_invstd
    bool refuses_one_value;  ///< training with m = 1 is an error
    std::string_view note;
};

std::span<const Convention> conventions();
const Convention* convention_named(std::string_view name);  ///< null where there is none of that name
std::string convention_names();                             ///< "pytorch, keras, ..."

}  // namespace bncheck::bn
