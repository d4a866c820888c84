#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bncheck::tool {

// Completion of bncheck's command line, a script for the shell to load: subcommands, options, their values where these are a
// list, suites, and files.
std::string bash_completion(const CLI::App& app);
std::string zsh_completion(const CLI::App& app);

}  // namespace bncheck::tool
