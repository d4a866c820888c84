#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace bncheck::tool {

/// The manual page bncheck(1), in the macros of man(7), from the tree of options.
std::string manual_page(const CLI::App& app);

}  // namespace bncheck::tool
