#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "commands.hpp"

// The options of `run` and of the subcommands that share some of them.
namespace bncheck::tool {

/// Options whose text has to be understood once all is parsed.
struct RunTexts {
    std::string shard, require, convention;
    std::vector<std::string> allow;
    std::optional<std::uint64_t> seed;
    std::map<std::string, std::string> flags;
};

/// Which cases; `positional` says what names them.
void add_selection(
    CLI::App& command, RunArguments& a, RunTexts& texts,
    const std::string& positional = "case files, folders, built-in suites by name or 'all' of them, or SUITE/NAME");

/// How a report is shown as text.
void add_showing(CLI::App& command, bool& quiet, bool& verbose, std::string& color);

/// Where renderings of the report go, but for its JSON.
void add_renderings(CLI::App& command, ReportPlaces& places);

/// How outputs are judged and shown.
void add_judging(CLI::App& command, RunArguments& a, RunTexts& texts);

/// All of `run`.
void add_run(CLI::App& command, RunArguments& a, RunTexts& texts);

/// CASE and DIR of `export` and `compare`; `folder` says what is in DIR.
void add_saved(CLI::App& command, RunArguments& a, RunTexts& texts, const std::string& folder);

/// Makes of the texts what they say. Throws Error{usage} with the option.
void understand(RunArguments& a, const RunTexts& texts);

}  // namespace bncheck::tool
