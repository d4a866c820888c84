#include "bncheck/derivation/walk/walk_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "bncheck/derivation/walk/walk_verdict.hpp"

namespace bncheck::derivation {
namespace {

constexpr std::size_t most_columns = 100;

/// Phrases, which end in a comma, semicolon or colon, in lines that begin with `indent`.
std::string wrapped(const std::string& words, const std::string& indent) {
    std::string text = indent;
    std::size_t column = indent.size();
    for (std::size_t begin = 0; begin < words.size();) {
        std::size_t end = begin;
        while (end < words.size() && !(words[end] == ' ' && std::string(",;:").find(words[end - 1]) != std::string::npos))
            ++end;
        if (column + end - begin > most_columns && column > indent.size()) {
            text.back() = '\n';
            text += indent;
            column = indent.size();
        }
        text += words.substr(begin, end - begin) + " ";
        column += end - begin + 1;
        begin = end + 1;
    }
    text.back() = '\n';
    return text;
}

using Row = std::vector<std::string>;

std::string digits(const RelativeError& error) {
    if (std::isnan(error.digits)) return "-";
    return error.error == 0 ? "exact" : fmt::format("{:.1f}", error.digits);
}

std::string figure(double error) { return std::isnan(error) ? "-" : error == 0 ? "0" : fmt::format("{:.0e}", error); }

/// As many digits as tell the working precision's numbers apart, and one more (of float32, three more) of the reference.
Row row_of(const WalkStep& step, Dtype working) {
    const bool wide = working == Dtype::float64;
    const long double reference = std::strtold(step.reference_digits.c_str(), nullptr);
    return {step.indexed ? fmt::format("{}[{}]", step.quantity, step.index) : step.quantity,
            fmt::format("{:.{}g}", step.working, wide ? 17 : 9),
            fmt::format("{:.{}g}", reference, wide ? 18 : 12),
            figure(step.element.error),
            digits(step.element),
            digits(step.norm),
            std::isnan(step.norm.digits) ? "-" : fmt::format("{:.1f}", step.lost),
            figure(step.inherited),
            figure(step.made_here)};
}

std::string line(const Row& row, const std::vector<std::size_t>& widths) {
    std::string text = "  ";
    for (std::size_t k = 0; k < row.size(); ++k)
        text += k == 0 ? fmt::format("{:<{}}", row[k], widths[k]) : fmt::format(" {:>{}}", row[k], widths[k]);
    return text + "\n";
}

std::string section_text(const WalkSection& section, Dtype working) {
    const Row head = {"quantity", "working", "reference", "error", "digits", "norm", "lost", "inherit", "here"};
    std::vector<Row> rows = {head};
    std::string formulas;
    for (const WalkStep& step : section.steps) {
        rows.push_back(row_of(step, working));
        if (!step.formula.empty())
            formulas += (formulas.empty() ? "" : "; ") + fmt::format("{} = {}", step.quantity, step.formula);
    }
    std::vector<std::size_t> widths(head.size());
    for (const Row& row : rows)
        for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
    std::string text = "\n" + section.title + "\n";
    if (!section.source.empty()) text += wrapped(section.source, "  ");
    if (!formulas.empty()) text += wrapped(formulas, "  ");
    text += line(head, widths);
    for (std::size_t k = 0; k < section.steps.size(); ++k) {
        text += line(rows[k + 1], widths);
        if (!section.steps[k].reason.empty()) text += wrapped("└ " + section.steps[k].reason, "    ");
    }
    return text;
}

}  // namespace

std::string text(const Walk& walk, const std::string& heading) {
    std::string text = wrapped(heading, "");
    text +=
        wrapped(fmt::format("working precision {}, reference 256 bits; of values with an index the worst is shown,",
                            name_of(walk.working)) +
                    " with its relative error and correct digits; norm: digits of the largest error against the largest "
                    "value; lost: digits at this step, against the worst operand; inherit, here: relative error of the norm "
                    "that comes from the operands, and that the step makes itself",
                "");
    for (const WalkSection& section : walk.sections) text += section_text(section, walk.working);
    const WalkVerdict verdict = verdict_of(walk);
    text += "\n";
    if (verdict.lossiest)
        text += wrapped(fmt::format("most is lost in {} = {}: {:.1f} digits, {}", verdict.lossiest->quantity,
                                    verdict.lossiest->formula, verdict.lossiest->lost, verdict.lossiest->reason),
                        "");
    return text + wrapped(verdict.sentence, "");
}

}  // namespace bncheck::derivation
