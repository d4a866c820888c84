#pragma once

// The words of a formula, with their places.

#include <string>
#include <vector>

#include "bncheck/derivation/formula/expression.hpp"

namespace bncheck::derivation {

struct Token {
    enum class Kind { number, name, symbol, end } kind;
    std::string text;
    std::size_t column;  ///< code points from the start of the text, counted from 1
};

/// All tokens of a text and one of kind `end`; a line break is the symbol ";". Throws Error(usage, "format", "column N").
std::vector<Token> tokens_of(const std::string& text);

/// A decimal number as a fraction of whole numbers below 10^15; longer ones are refused.
Expression exact_number(const Token& token);

[[noreturn]] void refuse_formula(std::size_t column, const std::string& message, const std::string& advice);

}  // namespace bncheck::derivation
