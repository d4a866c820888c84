#pragma once

#include <string>

#include "bncheck/derivation/steps/document.hpp"

namespace bncheck::derivation {

/// The document in LaTeX, ASCII: for pdflatex with amsmath, amssymb, array, geometry and longtable.
std::string latex(const Document& document);

}  // namespace bncheck::derivation
