#include <fmt/format.h>

#include "bncheck/derivation/render/formula_writer.hpp"

namespace bncheck::derivation {
namespace {

constexpr const char* no_break_space = "\u00a0";
constexpr const char* minus_sign = "−";

std::string subscript(const std::string& index) {
    // Unicode has subscripts of these letters only.
    if (index == "i") return "ᵢ";
    if (index == "j") return "ⱼ";
    if (index == "k") return "ₖ";
    if (index == "l") return "ₗ";
    if (index == "n") return "ₙ";
    if (index == "p") return "ₚ";
    if (index == "s") return "ₛ";
    if (index == "t") return "ₜ";
    return index.empty() ? "" : "_" + index;
}

std::string superscript(long long exponent) {
    constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text;
    for (const char c : std::to_string(exponent)) text += c == '-' ? "⁻" : digits[c - '0'];
    return text;
}

class UnicodeWriter : public FormulaWriter {
public:
    bool can_stack() const override { return false; }

    std::string number(const std::string& digits) const override { return digits; }

    std::string symbol(const Symbol& symbol, const std::string& index) const override {
        std::string text = symbol.prefix + symbol.letter;
        if (symbol.hat) text += "\u0302";
        if (!symbol.subscript.empty()) text += "_" + symbol.subscript;
        return text + subscript(index);
    }

    std::string product(const std::vector<Factor>& factors) const override {
        std::string text;
        for (const Factor& factor : factors) {
            if (!text.empty()) text += no_break_space;
            if (factor.dotted) text += fmt::format("·{}", no_break_space);
            text += factor.text;
        }
        return text;
    }

    std::string negated(const std::string& term) const override { return minus_sign + term; }

    std::string added(bool negative, const std::string& term) const override {
        return (negative ? minus_sign : "+") + (no_break_space + term);
    }

    std::string joined(const std::vector<std::string>& terms) const override {
        return fmt::format("{}", fmt::join(terms, " "));
    }

    std::string related(const std::string& sign, const std::string& side) const override {
        return (sign == ">=" ? "≥" : sign == "<=" ? "≤" : sign) + no_break_space + side;
    }

    std::string enclosed(const std::string& inside, Height) const override { return "(" + inside + ")"; }
    std::string opening(Height) const override { return "("; }
    std::string closing(Height) const override { return ")"; }
    std::string stacked(const std::string& over, const std::string& under) const override { return slashed(over, under); }
    std::string slashed(const std::string& left, const std::string& right) const override { return left + "/" + right; }

    std::string power(const std::string& base, long long halves) const override {
        if (halves % 2 == 0) return base + superscript(halves / 2);
        return fmt::format("{}^({}{}/2)", base, halves < 0 ? minus_sign : "", halves < 0 ? -halves : halves);
    }

    std::string root(const std::string& argument, bool simple) const override {
        return simple ? "√" + argument : "√(" + argument + ")";
    }

    std::string sum(const std::string& index, const std::string& body, bool mean) const override {
        return (mean ? std::string("(1/m)") + no_break_space : "") + "Σ" + subscript(index) + no_break_space + body;
    }

    std::string differential(const std::string& quantity) const override { return "∂" + quantity; }
};

}  // namespace

const FormulaWriter& unicode_writer() {
    static const UnicodeWriter writer;
    return writer;
}

}  // namespace bncheck::derivation
