#include <algorithm>

#include "bncheck/derivation/render/formula_writer.hpp"

namespace bncheck::derivation {
namespace {

// Text is that of a formula in print as far as its width goes: one character for every twentieth of an em. The widths are those
// of Computer Modern, rounded.
constexpr std::size_t letter = 11, small_letter = 8, digit = 10, typewriter = 11, parenthesis = 8, high_parenthesis = 16;
constexpr std::size_t thin_space = 3, around_sign = 24, around_relation = 27, sum_sign = 32;

std::string wide(std::size_t size) { return std::string(size, 'x'); }

std::size_t code_point_count(const std::string& utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

class MeasuringWriter : public FormulaWriter {
public:
    std::string number(const std::string& digits) const override { return wide(digit * digits.size()); }
    std::string symbol(const Symbol& symbol, const std::string& index) const override {
        const std::size_t one = symbol.style == Symbol::Style::letter ? letter : typewriter;
        return wide(letter * symbol.prefix.size() + one * code_point_count(symbol.letter) +
                    small_letter * (symbol.subscript.size() + index.size()));
    }
    std::string product(const std::vector<Factor>& factors) const override {
        std::string text;
        for (const Factor& factor : factors)
            text += (text.empty() ? "" : wide(factor.dotted ? around_sign : 2 * thin_space)) + factor.text;
        return text;
    }
    std::string negated(const std::string& term) const override { return wide(around_sign) + term; }
    std::string added(bool, const std::string& term) const override { return wide(around_sign) + term; }
    std::string joined(const std::vector<std::string>& terms) const override {
        std::string text;
        for (const std::string& term : terms) text += term;
        return text;
    }
    std::string related(const std::string&, const std::string& side) const override { return wide(around_relation) + side; }
    std::string enclosed(const std::string& inside, Height height) const override {
        return opening(height) + inside + closing(height);
    }
    std::string opening(Height height) const override { return wide(height == Height::line ? parenthesis : high_parenthesis); }
    std::string closing(Height height) const override { return opening(height); }
    std::string stacked(const std::string& over, const std::string& under) const override {
        return wide(2 * thin_space + std::max(over.size(), under.size()));
    }
    std::string slashed(const std::string& left, const std::string& right) const override { return left + wide(digit) + right; }
    std::string power(const std::string& base, long long halves) const override {
        return base + wide(small_letter * (std::to_string(halves).size() + (halves % 2 == 0 ? 0 : 2)));
    }
    std::string root(const std::string& argument, bool) const override { return wide(high_parenthesis) + argument; }
    std::string sum(const std::string&, const std::string& body, bool mean) const override {
        return wide(mean ? 2 * letter : 0) + wide(sum_sign) + body;
    }
    std::string differential(const std::string& quantity) const override { return wide(letter) + quantity; }
};

}  // namespace

const FormulaWriter& measuring_writer() {
    static const MeasuringWriter writer;
    return writer;
}

}  // namespace bncheck::derivation
