#pragma once

#include <cstddef>
#include <string>

namespace bncheck::tool {

/// What `--color` and NO_COLOR (no-color.org) come to on stdout.
bool wants_color(const std::string& color);

/// Columns of the terminal that the descriptor is, COLUMNS of the environment before what the terminal says; 0 where it is
/// none.
std::size_t columns_of(int descriptor);

}  // namespace bncheck::tool
