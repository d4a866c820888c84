#pragma once

// Indices, signs and parentheses of formulas, whatever the format.

#include <vector>

#include "bncheck/derivation/render/formula_writer.hpp"
#include "bncheck/derivation/render/notation.hpp"

namespace bncheck::derivation {

/// As pieces() of notation.hpp, in the characters that the writer gives.
std::vector<Piece> pieces_by(const FormulaWriter& writer, const Relation& relation, const Vocabulary& vocabulary,
                             Fractions fractions, Breaks breaks);

}  // namespace bncheck::derivation
