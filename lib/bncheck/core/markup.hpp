#pragma once

#include <string>

namespace bncheck {

/// Characters as they stand in XML and HTML, in elements and in attributes between double quotes.
std::string escaped(const std::string& characters);

}  // namespace bncheck
