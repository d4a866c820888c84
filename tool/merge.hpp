#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace bncheck::tool {

struct MergeArguments {
    std::vector<std::string> reports;
    std::string json;  ///< where the report goes; "-" for stdout, "" for nowhere
};

void add_merge(CLI::App& command, MergeArguments& m);

/// Joins the reports of shards. Returns what the whole run would have; throws Error{usage} where they do not belong together.
int merge_command(const MergeArguments& arguments);

}  // namespace bncheck::tool
