#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace bncheck::tool {

/// What `selftest` was told on the command line.
struct SelftestArguments {
    std::vector<std::string> suites;  ///< none: all built-in ones
    std::string filter;               ///< regular expression on names
    bool list = false;
    std::string json;      ///< where the matrix goes; "-" for stdout
    std::size_t jobs = 0;  ///< threads; 0: all
};

/// Exit code: 0 every bug is caught and no right algorithm is accused, 1 otherwise, 4 nothing was selected. Throws Error.
int selftest_command(const SelftestArguments& arguments);

}  // namespace bncheck::tool
