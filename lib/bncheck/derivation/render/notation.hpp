#pragma once

// Formulas as mathematics: in Unicode text, LaTeX and presentation MathML.
//
// An indexed quantity gets the index i. A sum over all indices has an index of its own: i where the formula has no free one,
// else j, and the next letter for a sum inside of it. A mean is 1/m times the sum. A sum reaches to the end of its product and
// is enclosed in parentheses where factors follow, or a slash.

#include <string>
#include <vector>

#include "bncheck/derivation/formula/expression.hpp"
#include "bncheck/derivation/render/symbols.hpp"

namespace bncheck::derivation {

/// Formulas with signs between them: none for one formula, "=", ">=" or "<=".
struct Relation {
    std::vector<Expression> sides;
    std::vector<std::string> signs = {};
};
inline Relation relation_of(const Equation& equation) { return {{equation.left, equation.right}, {"="}}; }

enum class Format { unicode, latex, mathml };

/// Quotients as stacked fractions, in formulas on a line of their own; or with a slash, in prose. Text always has the slash.
enum class Fractions { stacked, slashed };

/// A part of a relation before which a line may be broken. Unicode has no-break spaces (U+00A0) in it where it should not be
/// broken.
struct Piece {
    bool relation = false;  ///< begins with the sign between two sides
    std::string text;
};

/// Where lines may be broken: before the terms of a side that is a sum; or inside of parentheses that end a term too.
enum class Breaks { terms, inside };

/// The parts of a relation; as many and the same ones in each format.
std::vector<Piece> pieces(const Relation& relation, Format format, const Vocabulary& vocabulary = {},
                          Fractions fractions = Fractions::stacked, Breaks breaks = Breaks::terms);

/// A relation in lines of at most `width`, those after the first being `indent` in: in code points for text, in twentieths of
/// an em, and with stacked fractions, otherwise. A side that is longer than half a line is followed by a break. Only a piece
/// that is too long makes a line longer.
std::vector<std::vector<Piece>> lines_of(const Relation& relation, Format format, const Vocabulary& vocabulary,
                                         std::size_t width, std::size_t indent);

/// How wide a relation is in print, in twentieths of an em, fractions being stacked.
std::size_t printed_width(const Relation& relation, const Vocabulary& vocabulary = {});

/// A whole relation in one line, with plain spaces: "dxᵢ = γ r (dyᵢ − dβ/m − x̂ᵢ dγ/m)".
std::string unicode(const Relation& relation, const Vocabulary& vocabulary = {});

/// For math mode, with amsmath; ASCII.
std::string latex(const Relation& relation, const Vocabulary& vocabulary = {}, Fractions fractions = Fractions::stacked);

/// A <math> element, inline; its stacked fractions and sums are in display style. Names of code have the class "code".
std::string mathml(const Relation& relation, const Vocabulary& vocabulary = {}, Fractions fractions = Fractions::stacked);

/// The element around some pieces.
std::string math_element(const std::string& content, Fractions fractions);

}  // namespace bncheck::derivation
