#pragma once

#include <cstddef>
#include <string>

namespace bncheck::tool {

/// Walks the derivation with a case's data. `selection` is FILE or FILE:NAME, FILE a case file, folder or built-in suite, NAME
/// the name or id of a case; `format` text or json. Prints the walk and returns 0. Throws Error(usage) for what cannot be
/// loaded, names no case or more than one, a case that must be refused, a channel that is not there, and another format.
int derive_case_command(const std::string& selection, std::size_t channel, const std::string& format);

}  // namespace bncheck::tool
