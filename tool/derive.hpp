#pragma once

#include <iosfwd>

namespace bncheck::tool {

/// Prints the derivation; 0 if every step's check held, 1 otherwise.
int derive(std::ostream& out);

}  // namespace bncheck::tool
