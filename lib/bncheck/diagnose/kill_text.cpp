#include "bncheck/diagnose/kill_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bncheck::diagnose {
namespace {

using Json = nlohmann::ordered_json;

/// A letter a suite: its column in the matrix.
char column(std::size_t suite) { return static_cast<char>((suite < 26 ? 'a' : 'A') + suite % 26); }

std::string names_of(const std::vector<const BugRow*>& rows) {
    std::string names;
    for (const BugRow* row : rows) names += (names.empty() ? "" : ", ") + row->bug->name;
    return names;
}

std::string text_of(const BugRow& row) {
    std::string columns;
    for (std::size_t s = 0; s < row.caught.size(); ++s) columns += row.caught[s] ? column(s) : '.';
    const Finding* f = row.smallest();
    return fmt::format("  {:<36} {}  {}\n", row.bug->name, columns,
                       f ? fmt::format("{} of {} in {}", judge::name_of(f->verdict), f->tensor, f->id) : "SURVIVES");
}

std::string text_of(const AlgorithmRow& row, const std::vector<std::string>& suites) {
    std::size_t judged = 0, not_owed = 0;
    std::string accusations;
    for (std::size_t s = 0; s < suites.size(); ++s) {
        const AlgorithmRow::Outcome& outcome = row.outcomes[s];
        judged += outcome.judged;
        not_owed += outcome.not_owed;
        if (outcome.accused) accusations += fmt::format("; ACCUSED of {} by {}", outcome.accused->tensor, outcome.accused->id);
    }
    std::string text = fmt::format("  {:<36} {:<10} {} in {} cases", row.name, name_of(row.owed),
                                   accusations.empty() ? "passes" : "fails", judged);
    if (not_owed) text += fmt::format(", {} ask for more than it promises", not_owed);
    return text + accusations + "\n";
}

}  // namespace

std::string kill_text(const KillMatrix& matrix) {
    std::string text = "A letter where a suite catches the bug, and the smallest case that does:";
    for (std::size_t s = 0; s < matrix.suites.size(); ++s) text += fmt::format(" {} {}", column(s), matrix.suites[s]);
    text += "\n";
    std::optional<BugKind> kind;
    for (const BugRow& row : matrix.bugs) {
        if (kind != row.bug->kind) text += fmt::format("{}\n", name_of(row.bug->kind));
        kind = row.bug->kind;
        text += text_of(row);
    }
    if (!matrix.algorithms.empty()) text += "right algorithms, each by the class that it promises\n";
    for (const AlgorithmRow& row : matrix.algorithms) text += text_of(row, matrix.suites);
    for (std::size_t s = 0; s < matrix.suites.size() && matrix.suites.size() > 1; ++s) {
        const auto rows = matrix.survivors_without(s);
        text += fmt::format("without {}: {}\n", matrix.suites[s],
                            rows.empty() ? "all are still caught" : fmt::format("{} survive: {}", rows.size(), names_of(rows)));
    }
    const auto survivors = matrix.survivors();
    if (!survivors.empty()) text += fmt::format("{} survive: {}\n", survivors.size(), names_of(survivors));
    const auto accused = std::count_if(matrix.algorithms.begin(), matrix.algorithms.end(),
                                       [](const AlgorithmRow& row) { return row.accused(); });
    return text + fmt::format("{}: {} of {} planted bugs caught; {} of {} right algorithms pass\n",
                              matrix.holds() ? "pass" : "fail", matrix.bugs.size() - survivors.size(), matrix.bugs.size(),
                              matrix.algorithms.size() - static_cast<std::size_t>(accused), matrix.algorithms.size());
}

nlohmann::ordered_json kill_json(const KillMatrix& matrix) {
    const auto json_of = [](const Finding& f) {
        return Json{{"case", f.id}, {"check", f.check}, {"tensor", f.tensor}, {"verdict", judge::name_of(f.verdict)}};
    };
    const auto names = [](const std::vector<const BugRow*>& rows) {
        Json list = Json::array();
        for (const BugRow* row : rows) list.push_back(row->bug->name);
        return list;
    };
    Json bugs = Json::array(), algorithms = Json::array(), without = Json::object();
    for (const BugRow& row : matrix.bugs) {
        Json caught = Json::object();
        for (std::size_t s = 0; s < matrix.suites.size(); ++s)
            if (row.caught[s]) caught[matrix.suites[s]] = json_of(*row.caught[s]);
        bugs.push_back({{"name", row.bug->name},
                        {"kind", name_of(row.bug->kind)},
                        {"wrong", row.bug->wrong},
                        {"verdict", row.killed() ? "killed" : "survived"},
                        {"caught", caught}});
    }
    for (const AlgorithmRow& row : matrix.algorithms) {
        Json by_suite = Json::object();
        for (std::size_t s = 0; s < matrix.suites.size(); ++s) {
            const AlgorithmRow::Outcome& outcome = row.outcomes[s];
            by_suite[matrix.suites[s]] = {{"judged", outcome.judged},
                                          {"not_owed", outcome.not_owed},
                                          {"accused", outcome.accused ? json_of(*outcome.accused) : Json(nullptr)}};
        }
        algorithms.push_back({{"name", row.name},
                              {"class", name_of(row.owed)},
                              {"verdict", row.accused() ? "fail" : "pass"},
                              {"suites", by_suite}});
    }
    for (std::size_t s = 0; s < matrix.suites.size(); ++s) without[matrix.suites[s]] = names(matrix.survivors_without(s));
    return {{"verdict", matrix.holds() ? "pass" : "fail"},
            {"suites", matrix.suites},
            {"bugs", bugs},
            {"algorithms", algorithms},
            {"survivors", names(matrix.survivors())},
            {"survivors_without", without}};
}

std::string catalogue_text(const std::function<bool(const std::string& name)>& chosen) {
    std::string text;
    std::optional<BugKind> kind;
    for (const PlantedBug& bug : planted_bugs()) {
        if (!chosen(bug.name)) continue;
        if (kind != bug.kind) text += fmt::format("{}\n", name_of(bug.kind));
        kind = bug.kind;
        text += fmt::format("  {:<36} {}\n", bug.name, bug.wrong);
    }
    return text;
}

}  // namespace bncheck::diagnose
