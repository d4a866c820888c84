#pragma once

// Prose with formulas between backquotes.

#include <string>
#include <vector>

#include "bncheck/derivation/render/notation.hpp"

namespace bncheck::derivation {

/// A stretch of prose.
struct Run {
    enum class Kind {
        words,    ///< with "≥" and "≤" for ">=" and "<="
        formula,  ///< `relation`
        code,     ///< was quoted, but is no formula: shown as it is
    };
    Kind kind;
    std::string text;        ///< as it was written, without the quotes
    Relation relation = {};  ///< of a formula
};

/// The runs in order. A quote that is not closed is part of the words.
std::vector<Run> runs_of(const std::string& prose);

/// Formulas with "=", ">=" or "<=" between them, or one alone. Throws as parse_expression.
Relation parse_relation(const std::string& text);

}  // namespace bncheck::derivation
