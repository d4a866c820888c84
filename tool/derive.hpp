#pragma once

#include <optional>
#include <string>

namespace bncheck::tool {

struct DeriveArguments {
    std::optional<std::string> formula;  ///< none: the derivation
    std::string mode = "train";          ///< of the formula: train or eval
    std::string format = "text";         ///< text, latex, html or json
};

/// Prints the derivation, or what is found of a formula. 0 if all is proven, 1 if a step or formula is refuted, 2 if a formula
/// cannot be decided.
int derive_command(const DeriveArguments& arguments);

}  // namespace bncheck::tool
