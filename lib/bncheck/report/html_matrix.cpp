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

HtmlMatrix::HtmlMatrix(const Json& cases) : cases_(cases) {
    std::vector<std::map<std::string, Cell>> cells;
    std::set<std::string> there;
    for (const Json& c : cases) {
        cells.push_back(cells_of(c));
        for (const auto& [tensor, cell] : cells.back()) there.insert(tensor);
    }
    for (const char* tensor : tensors)
        if (there.count(tensor)) columns_.push_back(tensor);
    for (std::size_t k = 0; k < cases.size(); ++k) {
        const Json& c = cases[k];
        const std::string verdict = c["verdict"];
        const auto digits = fewest_digits(c), utilisation = largest_utilisation(c);
        std::string row = fmt::format(
            "<td{}>{}<td>{}<td>{}<td>", verdict == "pass" ? "" : std::string(" class=") + verdict_letter(verdict), verdict,
            digits ? fmt::format("{:.4g}", *digits) : "", utilisation ? html_number(number(*utilisation), false) : "");
        if (const Json conditioning = c.value("conditioning", Json());
            conditioning.is_object() && !conditioning["kappa"].is_null())
            row += html_number(conditioning["kappa"], false);
        for (const std::string& column : columns_) {
            const auto cell = cells[k].find(column);
            if (cell == cells[k].end())
                row += "<td>";
            else if (cell->second.verdict == "pass")
                row += "<td>" + cell_text(cell->second);
            else
                row += fmt::format("<td class={}>{}", verdict_letter(cell->second.verdict), cell_text(cell->second));
        }
        rows_.push_back(row + "\n");
    }
}

std::size_t HtmlMatrix::bytes(std::size_t k) const { return row(k, true).size(); }

std::string HtmlMatrix::row(std::size_t k, bool has_element) const {
    const std::string name = escaped(cases_[k]["id"].get<std::string>());
    return (has_element ? "<tr><th><a href=#" + case_anchor(k) + ">" + name + "</a>" : "<tr><th>" + name) + rows_[k];
}

std::string HtmlMatrix::html(const std::vector<char>& listed, const std::function<bool(std::size_t)>& has_element) const {
    std::string text =
        "<section id=matrix aria-labelledby=matrix-title><h2 id=matrix-title>Cases and tensors</h2><p class=quiet>A cell has "
        "the correct decimal digits of the tensor's worst element; ✗ fails, ? is inconclusive, – was not asked for or not "
        "provided. <b>of bound</b> is the largest error as a part of what is allowed, <b>κ</b> the conditioning. Numbers are "
        "shown with up to four digits.</p>";
    if (const auto unlisted = std::count(listed.begin(), listed.end(), char{0}))
        text +=
            fmt::format("<p class=notice>To keep the page small, {} of {} cases are not in the table: the best of them.</p>",
                        unlisted, listed.size());
    text += controls(cases_);
    text +=
        "<div class=wide tabindex=0 role=region aria-labelledby=matrix-title><table "
        "aria-labelledby=matrix-title><thead><tr><th "
        "scope=col>case<th scope=col>verdict<th scope=col>digits<th scope=col>of bound<th scope=col>κ";
    for (const std::string& column : columns_) text += "<th scope=col>" + escaped(column);
    text += "<tbody>\n";
    for (std::size_t k = 0; k < rows_.size(); ++k)
        if (listed[k]) text += row(k, has_element(k));
    return text + "</table></div></section>\n";
}

}  // namespace bncheck::report
