#pragma once

#include <string>

namespace bncheck {

/// No more than `longest` bytes of UTF-8, cut between characters and followed by "..." where it was longer.
std::string cut(const std::string& text, std::size_t longest);

/// Text of others as a terminal may show it: control characters as \\x1b and so on, and no more than `longest` bytes of it.
std::string printable(const std::string& text, std::size_t longest = std::string::npos);

}  // namespace bncheck
