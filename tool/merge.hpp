#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace bncheck::tool {

struct MergeArguments {
    std::vector<std::string> reports;
    std::string json;  ///< where the report goes; "-" for stdout, "" for nowhere
};

struct DiffArguments {
    std::string before, after;
    std::optional<double> digits_tolerance;
    std::string json;
    bool verbose = false;
};

void add_merge(CLI::App& command, MergeArguments& m);
void add_diff(CLI::App& command, DiffArguments& d);

/// Joins the reports of shards. Returns what the whole run would have; throws Error{usage} where they do not belong together.
int merge_command(const MergeArguments& arguments);

/// Shows what became better and worse. Returns 1 where something is worse that must not be; throws Error{usage}.
int diff_command(const DiffArguments& arguments);

}  // namespace bncheck::tool
