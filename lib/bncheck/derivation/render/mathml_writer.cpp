#include <fmt/format.h>

#include "bncheck/derivation/render/formula_writer.hpp"
#include "bncheck/core/markup.hpp"
#include "bncheck/derivation/render/notation.hpp"

namespace bncheck::derivation {
namespace {

/// U+2062, which multiplies without being seen, with the width of a thin space.
constexpr const char* times = "<mo lspace=\"0\" rspace=\"0.17em\">\u2062</mo>";
constexpr const char* wide_times = "<mo lspace=\"0\" rspace=\"0.28em\">\u2062</mo>";
constexpr const char* close_times = "<mo lspace=\"0\" rspace=\"0\">\u2062</mo>";

constexpr const char* slash = "<mo lspace=\"0\" rspace=\"0\">/</mo>";

std::string row(const std::string& content) { return "<mrow>" + content + "</mrow>"; }

/// Those around a line only are not to be stretched, which browsers do generously.
std::string parenthesis(const std::string& form, Height height, const std::string& sign) {
    return fmt::format("<mo form=\"{}\"{}>{}</mo>", form, height == Height::line ? " stretchy=\"false\"" : "", sign);
}

std::string exponent_of(long long halves) {
    const long long size = halves < 0 ? -halves : halves;
    std::string text = halves < 0 ? "<mo form=\"prefix\">−</mo>" : "";
    text += fmt::format("<mn>{}</mn>", halves % 2 == 0 ? size / 2 : size);
    if (halves % 2 != 0) text += slash + std::string("<mn>2</mn>");
    return row(text);
}

class MathmlWriter : public FormulaWriter {
public:
    std::string number(const std::string& digits) const override { return fmt::format("<mn>{}</mn>", digits); }

    std::string symbol(const Symbol& symbol, const std::string& index) const override {
        const std::string name = escaped(symbol.letter);
        std::string text;
        switch (symbol.style) {
            case Symbol::Style::letter:
            case Symbol::Style::word:
                text = fmt::format("<mi>{}</mi>", name);
                break;
            case Symbol::Style::code:
                // Not <mtext>, which counts as space: with it alone beside an operator, that one would have no distances.
                text = fmt::format("<mi mathvariant=\"normal\" class=\"code\">{}</mi>", name);
                break;
        }
        if (symbol.hat) text = fmt::format("<mover accent=\"true\">{}<mo stretchy=\"false\">^</mo></mover>", text);
        std::string below;
        if (!symbol.subscript.empty()) below += fmt::format("<mi>{}</mi>", symbol.subscript);
        if (!symbol.subscript.empty() && !index.empty()) below += "<mo>,</mo>";
        if (!index.empty()) below += fmt::format("<mi>{}</mi>", index);
        if (!below.empty()) text = fmt::format("<msub>{}{}</msub>", text, row(below));
        if (symbol.prefix.empty()) return text;
        return row(fmt::format("<mi mathvariant=\"normal\">{}</mi>{}", symbol.prefix, text));
    }

    std::string product(const std::vector<Factor>& factors) const override {
        std::string text;
        for (const Factor& factor : factors) {
            if (!text.empty())
                text += factor.dotted ? "<mo>·</mo>" : factor.spaced ? close_times : factor.apart ? wide_times : times;
            text += factor.text;
        }
        return row(text);
    }

    std::string negated(const std::string& term) const override { return "<mo form=\"prefix\">−</mo>" + term; }
    std::string added(bool negative, const std::string& term) const override {
        return (negative ? "<mo form=\"infix\">−</mo>" : "<mo form=\"infix\">+</mo>") + term;
    }
    std::string joined(const std::vector<std::string>& terms) const override {
        return row(fmt::format("{}", fmt::join(terms, "")));
    }
    std::string related(const std::string& sign, const std::string& side) const override {
        return fmt::format("<mo form=\"infix\">{}</mo>", sign == ">=" ? "≥" : sign == "<=" ? "≤" : sign) + side;
    }
    std::string enclosed(const std::string& inside, Height height) const override {
        return row(opening(height) + inside + closing(height));
    }
    std::string opening(Height height) const override { return parenthesis("prefix", height, "("); }
    std::string closing(Height height) const override { return parenthesis("postfix", height, ")"); }
    std::string stacked(const std::string& over, const std::string& under) const override {
        return fmt::format("<mfrac>{}{}</mfrac>", row(over), row(under));
    }
    std::string slashed(const std::string& left, const std::string& right) const override { return row(left + slash + right); }
    std::string power(const std::string& base, long long halves) const override {
        return fmt::format("<msup>{}{}</msup>", row(base), exponent_of(halves));
    }
    std::string root(const std::string& argument, bool) const override { return fmt::format("<msqrt>{}</msqrt>", argument); }
    std::string sum(const std::string& index, const std::string& body, bool mean) const override {
        return row(fmt::format("{}<munder><mo>∑</mo><mi>{}</mi></munder>{}", mean ? "<mfrac><mn>1</mn><mi>m</mi></mfrac>" : "",
                               index, body));
    }
    std::string differential(const std::string& quantity) const override {
        return row("<mo lspace=\"0\" rspace=\"0\">∂</mo>" + quantity);
    }
};

}  // namespace

std::string math_element(const std::string& content, Fractions fractions) {
    return fmt::format("<math{}>{}</math>", fractions == Fractions::stacked ? " displaystyle=\"true\"" : "", content);
}

const FormulaWriter& mathml_writer() {
    static const MathmlWriter writer;
    return writer;
}

}  // namespace bncheck::derivation
