#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

namespace bncheck::tool {

struct DiffArguments {
    std::string before, after;
    std::optional<double> digits_tolerance;
    std::string json;  ///< where the changes go; "-" for stdout, "" for nowhere
    bool verbose = false;
};

void add_diff(CLI::App& command, DiffArguments& d);

/// Shows what became better and worse. Returns 1 where something is worse that must not be; throws Error{usage}.
int diff_command(const DiffArguments& arguments);

}  // namespace bncheck::tool
