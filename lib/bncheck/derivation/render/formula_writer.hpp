#pragma once

// What a format is to typesetter.cpp, which decides on indices, order and parentheses.

#include <string>
#include <vector>

#include "bncheck/derivation/render/symbols.hpp"

namespace bncheck::derivation {

/// How high parentheses around a part have to be.
enum class Height { line, sum, fraction };

struct Factor {
    std::string text;
    bool dotted = false;  ///< needs a sign of multiplication before it
    bool apart = false;   ///< beside a word, from which it has to keep more than a thin space
    bool spaced = false;  ///< keeps its own distance, as a sum's sign does, or needs none, as parentheses do
};

class FormulaWriter {
public:
    virtual ~FormulaWriter() = default;

    virtual bool can_stack() const { return true; }
    virtual std::string number(const std::string& digits) const = 0;
    /// The index is empty where there is none.
    virtual std::string symbol(const Symbol& symbol, const std::string& index) const = 0;
    virtual std::string product(const std::vector<Factor>& factors) const = 0;
    virtual std::string negated(const std::string& term) const = 0;
    /// A term that follows others, without a space before it.
    virtual std::string added(bool negative, const std::string& term) const = 0;
    virtual std::string joined(const std::vector<std::string>& terms) const = 0;
    virtual std::string related(const std::string& sign, const std::string& side) const = 0;
    virtual std::string enclosed(const std::string& inside, Height height) const = 0;
    /// Parentheses between which there may be a break.
    virtual std::string opening(Height height) const = 0;
    virtual std::string closing(Height height) const = 0;
    virtual std::string stacked(const std::string& over, const std::string& under) const = 0;
    virtual std::string slashed(const std::string& left, const std::string& right) const = 0;
    /// The exponent in halves.
    virtual std::string power(const std::string& base, long long halves) const = 0;
    /// `simple`: a name or number, which needs no parentheses where there is no bar over it.
    virtual std::string root(const std::string& argument, bool simple) const = 0;
    virtual std::string sum(const std::string& index, const std::string& body, bool mean) const = 0;
    virtual std::string differential(const std::string& quantity) const = 0;
};

const FormulaWriter& unicode_writer();
const FormulaWriter& latex_writer();
const FormulaWriter& mathml_writer();
/// Not a notation: as many characters as the formula in print is wide, in twentieths of an em.
const FormulaWriter& measuring_writer();

}  // namespace bncheck::derivation
