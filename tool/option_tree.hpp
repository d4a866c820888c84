#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

// The tree of options as a whole, which the manual page and the completions are read off.
namespace bncheck::tool {

/// The subcommands that users are told of, in the order of the help.
std::vector<const CLI::App*> subcommands_of(const CLI::App& app);

/// The options with names, and the positional ones.
std::vector<const CLI::Option*> options_of(const CLI::App& command);
std::vector<const CLI::Option*> positionals_of(const CLI::App& command);

/// With their dashes, short ones first.
std::vector<std::string> names_of(const CLI::Option& option);

bool takes_value(const CLI::Option& option);

/// What the value may be, where that is a list: of a check of the option itself, or known by its name (conventions, classes).
std::vector<std::string> choices_of(const CLI::Option& option);

/// What stands for the value in a synopsis: FILE, N, TEXT and so on.
std::string value_name(const CLI::Option& option);

/// Has every option with a value, but a filter, refuse an empty one: of a variable of a shell that is not set.
void refuse_empty_values(CLI::App& app);

}  // namespace bncheck::tool
