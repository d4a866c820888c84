#include <fmt/format.h>

#include <map>

#include "bncheck/derivation/render/formula_writer.hpp"

namespace bncheck::derivation {
namespace {

std::string command_of(const std::string& letter) {
    static const std::map<std::string, std::string> greek = {
        {"μ", "\\mu"}, {"ε", "\\varepsilon"}, {"γ", "\\gamma"}, {"β", "\\beta"}};
    const auto found = greek.find(letter);
    return found == greek.end() ? letter : found->second;
}

std::string with_escaped_underscores(const std::string& name) {
    std::string text;
    for (const char c : name) text += c == '_' ? std::string("\\_") : std::string(1, c);
    return text;
}

std::string exponent_of(long long halves) { return halves % 2 == 0 ? std::to_string(halves / 2) : fmt::format("{}/2", halves); }

std::string size_of(Height height) { return height == Height::fraction ? "\\bigg" : height == Height::sum ? "\\Big" : ""; }

class LatexWriter : public FormulaWriter {
public:
    std::string number(const std::string& digits) const override { return digits; }

    std::string symbol(const Symbol& symbol, const std::string& index) const override {
        std::string text;
        switch (symbol.style) {
            case Symbol::Style::letter:
                text = command_of(symbol.letter);
                break;
            case Symbol::Style::word:
                text = fmt::format("\\mathrm{{{}}}", with_escaped_underscores(symbol.letter));
                break;
            case Symbol::Style::code:
                text = fmt::format("\\mathtt{{{}}}", with_escaped_underscores(symbol.letter));
                break;
        }
        if (symbol.hat) text = fmt::format("\\hat{{{}}}", text);
        if (!symbol.subscript.empty() || !index.empty())
            text += fmt::format("_{{{}{}{}}}", symbol.subscript, !symbol.subscript.empty() && !index.empty() ? "," : "", index);
        return symbol.prefix.empty() ? text : fmt::format("\\mathrm{{{}}}{}", symbol.prefix, text);
    }

    std::string product(const std::vector<Factor>& factors) const override {
        std::string text;
        for (const Factor& factor : factors) {
            if (!text.empty()) text += factor.dotted ? " \\cdot " : factor.spaced ? " " : factor.apart ? "\\;" : "\\,";
            text += factor.text;
        }
        return text;
    }

    std::string negated(const std::string& term) const override { return "-" + term; }
    std::string added(bool negative, const std::string& term) const override { return (negative ? "- " : "+ ") + term; }
    std::string joined(const std::vector<std::string>& terms) const override {
        return fmt::format("{}", fmt::join(terms, " "));
    }

    std::string related(const std::string& sign, const std::string& side) const override {
        return (sign == ">=" ? "\\geq" : sign == "<=" ? "\\leq" : sign) + " " + side;
    }

    std::string enclosed(const std::string& inside, Height height) const override {
        return height == Height::fraction ? "\\left(" + inside + "\\right)" : opening(height) + inside + closing(height);
    }
    // \left and \right have to stand in one line.
    std::string opening(Height height) const override { return size_of(height) + (height == Height::line ? "(" : "l("); }
    std::string closing(Height height) const override { return size_of(height) + (height == Height::line ? ")" : "r)"); }
    std::string stacked(const std::string& over, const std::string& under) const override {
        return fmt::format("\\frac{{{}}}{{{}}}", over, under);
    }
    std::string slashed(const std::string& left, const std::string& right) const override { return left + "/" + right; }

    std::string power(const std::string& base, long long halves) const override {
        return fmt::format("{}^{{{}}}", base, exponent_of(halves));
    }
    std::string root(const std::string& argument, bool) const override { return fmt::format("\\sqrt{{{}}}", argument); }

    std::string sum(const std::string& index, const std::string& body, bool mean) const override {
        return fmt::format("{}\\sum_{{{}}} {}", mean ? "\\frac{1}{m} " : "", index, body);
    }

    std::string differential(const std::string& quantity) const override { return "\\partial " + quantity; }
};

}  // namespace

const FormulaWriter& latex_writer() {
    static const LatexWriter writer;
    return writer;
}

}  // namespace bncheck::derivation
