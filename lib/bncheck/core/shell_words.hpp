#pragma once

#include <string>
#include <vector>

namespace bncheck {

/// A word that a POSIX shell reads back as it is; quoted only where that is needed.
std::string shell_quoted(const std::string& word);

/// Words of a command line as a POSIX shell splits them, without any expansion. Throws Error{usage} at an open quote.
std::vector<std::string> split_words(const std::string& command);

}  // namespace bncheck
