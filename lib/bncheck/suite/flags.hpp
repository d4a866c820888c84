#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bncheck/suite/suite.hpp"

namespace bncheck::suite {

/// A case from command-line flags, as text: key (of a case file, or a tensor's name) and what was given.
using Flags = std::vector<std::pair<std::string, std::string>>;

/// The case file that the flags stand for: suite "flags", case "case". Generators are written kind:key=value,key=value, or
/// constant:3, values:1,2,7/3, file:PATH. Throws Error{usage} that names the flag.
std::string case_file_from_flags(const Flags& flags);

/// That file, read; data files are relative to the working folder and may lie anywhere.
Suite suite_from_flags(const Flags& flags);

}  // namespace bncheck::suite
