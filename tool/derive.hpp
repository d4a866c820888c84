#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace bncheck::tool {

struct DeriveArguments {
    std::optional<std::string> formula;         ///< none: the derivation
    std::string mode = "train";                 ///< of the formula: train or eval
    std::optional<std::string> case_selection;  ///< FILE or FILE:NAME of a case whose data the derivation is walked with
    std::size_t channel = 0;                    ///< of the case
    std::string format = "text";                ///< text, latex, html or json
};

/// Prints the derivation, what is found of a formula, or the walk with a case's data (0). 0 if all is proven, 1 if a step or
/// formula is refuted, 2 if a formula cannot be decided.
int derive_command(const DeriveArguments& arguments);

}  // namespace bncheck::tool
