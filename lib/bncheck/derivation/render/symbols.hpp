#pragma once

// How quantities are written in mathematics: letters, hats, subscripts, and which have an index.

#include <set>
#include <string>

#include "bncheck/derivation/formula/expression.hpp"

namespace bncheck::derivation {

/// What is known of the names of a formula besides the quantities of the derivation.
struct Vocabulary {
    std::set<std::string> indexed = {};  ///< own names that stand for one number for every index
    bool code = false;                   ///< names of one letter are somebody's code too, and not letters of the prose
};

struct Symbol {
    enum class Style {
        letter,  ///< one letter, italic
        word,    ///< the name of a quantity that has no letter
        code,    ///< a name in somebody's code
    };
    Style style = Style::letter;
    std::string prefix = {};  ///< "d", "dd", "g" or "gd", upright: what is short for a gradient of the letter
    std::string letter = {};  ///< UTF-8; or the whole word
    bool hat = false;
    std::string subscript = {};
    bool indexed = false;
};

/// Names that are not known are code; those of one letter are letters, unless the vocabulary says otherwise.
Symbol symbol_of(const std::string& name, const Vocabulary& vocabulary = {});

/// Whether the formula has a value for every index, rather than one for the channel.
bool has_free_index(const Expression& formula, const Vocabulary& vocabulary = {});

}  // namespace bncheck::derivation
