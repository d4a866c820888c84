#pragma once

#include <string>

#include "bncheck/derivation/steps/document.hpp"

namespace bncheck::derivation {

/// The document as one HTML page that needs nothing else: formulas in MathML, no script, for light and dark, narrow and wide.
std::string html(const Document& document);

}  // namespace bncheck::derivation
