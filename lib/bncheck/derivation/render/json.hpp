#pragma once

#include <nlohmann/json_fwd.hpp>

#include "bncheck/derivation/steps/document.hpp"

namespace bncheck::derivation {

/// The document as data. Formulas are in the grammar of formula.hpp, with their Unicode and LaTeX beside; prose has its
/// formulas between backquotes. The same document gives the same bytes.
nlohmann::ordered_json json(const Document& document);

}  // namespace bncheck::derivation
