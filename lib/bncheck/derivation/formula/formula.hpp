#pragma once

// The grammar in which formulas are written, by the derivation itself and by users:
//
//     program    statement { ";" | newline statement }       a statement: NAME "=" sum
//     sum        ["-" | "+"] product { ("+" | "-") product }
//     product    factor { ("*" | "/") factor }
//     factor     ["-" | "+"] factor | primary ["^" exponent]        -x^2 is -(x^2)
//     exponent   a whole or half number: 2, -1, 0.5, (3/2), (-1/2), -3/2 in parentheses
//     primary    number | NAME | "(" sum ")" | "sum" "(" sum ")" | "mean" | "sqrt" | "rsqrt" likewise
//                | "diff" "(" NAME "," NAME ")"
//     number     digits [ "." digits ] [ "e" ["-"] digits ]
//
// Also read: ** for ^, and for names and signs that are pasted in γ β ε μ − · ×. Multiplication is always written.

#include <string>
#include <vector>

#include "bncheck/derivation/formula/expression.hpp"

namespace bncheck::derivation {

struct Statement {
    std::string target;
    Expression value;
    std::size_t column = 1, value_column = 1;  ///< code points in the whole text, counted from 1
};

/// Longer or deeper texts are refused.
inline constexpr std::size_t longest_formula = 10000;
inline constexpr int deepest_formula = 100;

/// The statements of a text. Throws Error(usage, "format", "column N") with what is wrong there and the way out.
std::vector<Statement> parse_program(const std::string& text);

/// "a = b" of two formulas, as the derivation writes its steps. Throws as parse_program.
Equation parse_equation(const std::string& text);

/// A formula without "=". Throws as parse_program.
Expression parse_expression(const std::string& text);

}  // namespace bncheck::derivation
