#include "bncheck/report/html_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "bncheck/core/markup.hpp"
#include "bncheck/report/case_plots.hpp"
#include "bncheck/report/failures.hpp"
#include "bncheck/report/html_case.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

/// In the order of what computes them.
constexpr const char* tensors[] = {"y",  "save_mean", "save_invstd", "save_var", "running_mean", "running_var",
                                   "dx", "dgamma",    "dbeta",       "gx",       "gdy",          "ggamma"};

/// What all checks of one tensor come to.
struct Cell {
    std::string verdict;
    std::optional<double> digits;
};

std::map<std::string, Cell> cells_of(const Json& c) {
    std::map<std::string, Cell> cells;
    for (const Json& check : c["checks"]) {
        const Json tensor = check.value("tensor", Json());
        Cell& cell = cells[tensor.is_string() ? tensor.get<std::string>() : ""];
        const std::string verdict = check["verdict"];
        if (cell.verdict.empty() || severity(verdict) < severity(cell.verdict)) cell.verdict = verdict;
        if (check.contains("correct_digits") && !check["correct_digits"].is_null()) {
            const double digits = value_of(check["correct_digits"]);
            if (!cell.digits || !(digits >= *cell.digits)) cell.digits = digits;
        }
    }
    return cells;
}

/// Not by colour alone.
std::string cell_text(const Cell& cell) {
    const char* mark = cell.verdict == "pass"           ? ""
                       : cell.verdict == "inconclusive" ? "? "
                       : cell.verdict == "xfail"        ? "known "
                       : cell.verdict == "skipped"      ? "–"
                                                        : "✗ ";
    if (cell.verdict == "skipped") return mark;
    return mark + (cell.digits ? fmt::format("{:.4g}", *cell.digits) : cell.verdict == "pass" ? "✓" : cell.verdict);
}

std::string controls(const Json& cases) {
    std::set<std::string> there;
    std::vector<std::string> suites;
    for (const Json& c : cases) {
        there.insert(c["verdict"].get<std::string>());
        const std::string suite = suite_of(c);
        if (std::find(suites.begin(), suites.end(), suite) == suites.end()) suites.push_back(suite);
    }
    std::string text =
        "<div class=controls hidden><label>Cases <input type=search placeholder=\"part of a name, or a regular "
        "expression\"></label><label>Suite <select><option value=\"\">all</option>";
    for (const std::string& suite : suites) text += fmt::format("<option>{}</option>", escaped(suite));
    text += "</select></label>";
    for (const char* verdict : verdicts_by_severity)
        if (there.count(verdict))
            text += fmt::format("<label class={}><input type=checkbox value={} checked> {}</label>", verdict, verdict, verdict);
    return text + "<output aria-live=polite></output></div>";
}

}  // namespace

std::string html_matrix(const Json& cases) {
    std::vector<std::map<std::string, Cell>> rows;
    std::set<std::string> there;
    for (const Json& c : cases) {
        rows.push_back(cells_of(c));
        for (const auto& [tensor, cell] : rows.back()) there.insert(tensor);
    }
    std::vector<std::string> columns;
    for (const char* tensor : tensors)
        if (there.count(tensor)) columns.push_back(tensor);
    std::string text =
        "<section id=matrix aria-labelledby=matrix-title><h2 id=matrix-title>Cases and tensors</h2><p class=quiet>A cell has "
        "the "
        "correct decimal digits of the tensor's worst element; ✗ fails, ? is inconclusive, – was not asked for or not "
        "provided. "
        "<b>of bound</b> is the largest error as a part of what is allowed, <b>κ</b> the conditioning. Numbers "
        "are shown with up to four digits.</p>";
    text += controls(cases);
    text +=
        "<div class=wide tabindex=0 role=region aria-labelledby=matrix-title><table><thead><tr><th scope=col>case<th "
        "scope=col>verdict<th scope=col>digits<th scope=col>of bound<th scope=col>κ";
    for (const std::string& column : columns) text += "<th scope=col>" + escaped(column);
    text += "<tbody>\n";
    for (std::size_t k = 0; k < cases.size(); ++k) {
        const Json& c = cases[k];
        const std::string verdict = c["verdict"];
        const auto digits = fewest_digits(c), utilisation = largest_utilisation(c);
        text += fmt::format(
            "<tr><th><a href=#{}>{}</a><td{}>{}<td>{}<td>{}<td>", case_anchor(k), escaped(c["id"].get<std::string>()),
            verdict == "pass" ? "" : std::string(" class=") + verdict_letter(verdict), verdict,
            digits ? fmt::format("{:.4g}", *digits) : "", utilisation ? html_number(number(*utilisation), false) : "");
        if (const Json conditioning = c.value("conditioning", Json());
            conditioning.is_object() && !conditioning["kappa"].is_null())
            text += html_number(conditioning["kappa"], false);
        for (const std::string& column : columns) {
            const auto cell = rows[k].find(column);
            if (cell == rows[k].end())
                text += "<td>";
            else if (cell->second.verdict == "pass")
                text += "<td>" + cell_text(cell->second);
            else
                text += fmt::format("<td class={}>{}", verdict_letter(cell->second.verdict), cell_text(cell->second));
        }
        text += "\n";
    }
    return text + "</table></div></section>\n";
}

}  // namespace bncheck::report
