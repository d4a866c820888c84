#include "bncheck/derivation/text.hpp"

#include <cstdio>
#include <sstream>

#include "bncheck/core/error.hpp"

namespace bncheck::derivation {
namespace {

constexpr std::size_t indent = 7;  ///< "  1.10 " is the widest number of a step

std::size_t code_points(const std::string& utf8) {
    std::size_t count = 0;
    for (const char byte : utf8) count += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    return count;
}

/// Words filled into lines of text_width; the first line continues `first`, the others are indented.
std::string filled(const std::string& first, const std::string& words, std::size_t depth) {
    std::string result = first, word;
    std::size_t column = code_points(first);
    bool begun = false;
    std::istringstream input(words);
    while (input >> word) {
        const std::size_t size = code_points(word);
        if (begun && column + 1 + size > text_width) {
            result += "\n" + std::string(depth, ' ');
            column = depth;
        } else if (begun) {
            result += " ";
            ++column;
        }
        result += word;
        column += size;
        begun = true;
    }
    return result + "\n";
}

std::string scientific(double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.1e", value);
    return digits;
}

std::string introduction(const Checks& checks) {
    std::string result = "Batch normalization: the backward pass, derived step by step\n\n";
    result += filled(
        "",
        "One channel, m values xᵢ, i = 1 … m. L is any loss that depends on them through the yᵢ alone; dz is short for ∂L/∂z "
        "of any node z, and the dyᵢ are given.",
        0);
    result += "\n";
    result += filled(
        "",
        "Every step is checked while it is printed, at " + std::to_string(checks.points) + " points in arithmetic of " +
            std::to_string(checks.bits) +
            " bits: both sides of its equations are computed separately and may differ by no more than their rounding "
            "errors, which are bounded operation by operation. Local derivatives are checked against central "
            "differences, exact for nodes of degree two (r: by r² q = 1); dz against the derivative of the forward by dual "
            "numbers. A residual is the largest |left − right|, relative to the largest term.",
        0);
    return result;
}

std::string outcome(const StepResidual& residual, const Checks& checks) {
    return std::string(residual.holds ? "checked" : "NOT EQUAL") + ": largest relative residual " +
           scientific(residual.relative) + " over " + std::to_string(checks.points) + " points";
}

}  // namespace

std::string text(const std::vector<Statement>& statements, const Checks& checks) {
    if (statements.size() != checks.residuals.size())
        throw Error(Fault::internal, "derivation", "", "the derivation has other steps than its checks");
    const std::string margin(indent, ' ');
    std::string result = introduction(checks), failed;
    int part = 0, number = 0;
    for (std::size_t i = 0; i < statements.size(); ++i) {
        const Statement& statement = statements[i];
        if (i == 0 || statement.part != statements[i - 1].part) {
            number = 0;
            result += "\n" + std::to_string(++part) + ". " + std::string(heading_of(statement.part)) + "\n";
        }
        const std::string label = std::to_string(part) + "." + std::to_string(++number);
        std::string head = "  " + label;
        head.resize(indent, ' ');
        result += "\n" + head + statement.formula + "\n";
        result += filled(margin, statement.reason, indent);
        result += filled(margin, outcome(checks.residuals[i], checks), indent);
        if (!checks.residuals[i].holds) failed += (failed.empty() ? "" : ", ") + label;
    }
    result += "\n";
    return result + (failed.empty() ? "All " + std::to_string(statements.size()) + " steps hold.\n"
                                    : filled("", "These steps do NOT hold: " + failed + ".", 0));
}

}  // namespace bncheck::derivation
