#pragma once

#include <string>

#include "bncheck/derivation/steps/document.hpp"

namespace bncheck::derivation {

/// Longest line, in code points.
inline constexpr std::size_t text_width = 100;

/// The document as Unicode text (UTF-8), without blanks at the ends of lines. The last line says whether all steps are proven.
std::string text(const Document& document);

}  // namespace bncheck::derivation
