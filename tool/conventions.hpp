#pragma once

#include <string>

namespace bncheck::tool {

/// Prints the table of conventions, `format` text or json, and returns 0.
int conventions_command(const std::string& format);

}  // namespace bncheck::tool
