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

/// The sign of a NaN says nothing.
template <class T>
std::string number(T value, int significant) {
    return std::isnan(value) ? "nan" : fmt::format("{:.{}g}", value, significant);
}

std::string figure(double error) { return std::isnan(error) ? "-" : error == 0 ? "0" : fmt::format("{:.0e}", error); }

/// As many digits as tell the working precision's numbers apart; `significant` of the reference.
Row row_of(const WalkStep& step, Dtype working, int significant) {
    const long double reference = std::strtold(step.reference_digits.c_str(), nullptr);
    return {step.indexed ? fmt::format("{}[{}]", step.quantity, step.index) : step.quantity,
            number(step.working, working == Dtype::float64 ? 17 : 9),
            number(reference, significant),
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

/// The head and a row a step, in columns of equal width.
std::vector<std::string> table(const std::vector<WalkStep>& steps, Dtype working, int significant) {
    std::vector<Row> rows = {{"quantity", "working", "reference", "error", "digits", "norm", "lost", "inherit", "here"}};
    for (const WalkStep& step : steps) rows.push_back(row_of(step, working, significant));
    std::vector<std::size_t> widths(rows[0].size());
    for (const Row& row : rows)
        for (std::size_t k = 0; k < row.size(); ++k) widths[k] = std::max(widths[k], row[k].size());
    std::vector<std::string> lines;
    for (const Row& row : rows) lines.push_back(line(row, widths));
    return lines;
}

std::string section_text(const WalkSection& section, Dtype working) {
    std::string formulas;
    for (const WalkStep& step : section.steps)
        if (!step.formula.empty())
            formulas += (formulas.empty() ? "" : "; ") + fmt::format("{} = {}", step.quantity, step.formula);
    // The reference has three digits more than float32, one more than float64, or what there is room for.
    int significant = working == Dtype::float64 ? 18 : 12;
    std::vector<std::string> lines = table(section.steps, working, significant);
    while (lines[0].size() > most_columns + 1 && significant > 6) lines = table(section.steps, working, --significant);
    std::string text = "\n" + section.title + "\n";
    if (!section.source.empty()) text += wrapped(section.source, "  ");
    if (!formulas.empty()) text += wrapped(formulas, "  ");
    text += lines[0];
    for (std::size_t k = 0; k < section.steps.size(); ++k) {
        text += lines[k + 1];
        if (!section.steps[k].reason.empty()) text += wrapped("└ " + section.steps[k].reason, "    ");
    }
    return text;
}

}  // namespace

std::string text(const Walk& walk, const std::string& heading) {
    std::string text = wrapped(heading, "");
    text += fmt::format(
        "working: {}, sums in order; reference: 256 bits; of values with an index the worst is shown\n"
        "  error    relative; digits: correct ones; norm: digits of max|working - reference| / max|reference|\n"
        "  lost     digits lost at this step: those of its worst operand less those of norm\n"
        "  inherit  the part of the norm's error that the exact step makes of its operands' errors\n"
        "  here     the part that it adds by its own rounding\n",
        name_of(walk.working));
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
