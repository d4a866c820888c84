#include "bncheck/diagnose/kill_matrix.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "bncheck/core/parallel.hpp"
#include "bncheck/diagnose/planted_candidate.hpp"
#include "bncheck/run/run_case.hpp"

namespace bncheck::diagnose {
namespace {

/// The right algorithms among the built-in candidates, and what they promise.
struct RightAlgorithm {
    const char* builtin;
    AccuracyClass owed;
};
constexpr RightAlgorithm right_algorithms[] = {
    {"fast", AccuracyClass::wide},
    {"wide", AccuracyClass::wide},
    {"pairwise", AccuracyClass::pairwise},
    {"two_pass", AccuracyClass::sequential},
    {"compensated", AccuracyClass::sequential},
    {"welford", AccuracyClass::updating},
    {"shifted", AccuracyClass::shifted},
};

std::optional<Finding> finding_of(const suite::Case& c, const report::CaseReport& report) {
    const auto is_bad = [](judge::Verdict v) { return v == judge::Verdict::fail || v == judge::Verdict::error; };
    if (!is_bad(report.verdict)) return std::nullopt;
    const auto bad = std::find_if(report.checks.begin(), report.checks.end(),
                                  [&](const report::CheckReport& check) { return is_bad(check.verdict); });
    return Finding{report.id, c.shape.elements(), bad->check, bad->tensor, bad->verdict};
}

void judge_algorithm(AlgorithmRow& row, candidate::Candidate& candidate, const suite::Case& c, std::size_t suite) {
    AlgorithmRow::Outcome& outcome = row.outcomes[suite];
    if (c.require < AccuracyClass::updating && row.owed > c.require) {
        ++outcome.not_owed;
        return;
    }
    ++outcome.judged;
    run::CaseOptions options;
    options.require = std::max(c.require, row.owed);
    const std::optional<Finding> finding = finding_of(c, run::run_case(c, candidate, options));
    if (!outcome.accused) outcome.accused = finding;
}

/// The cases of a suite that ask a candidate anything, the smallest first: they are quick, and easy to follow by hand.
std::vector<const suite::Case*> ordered_cases(const suite::Suite& suite) {
    std::vector<const suite::Case*> cases;
    for (const suite::Case& c : suite.cases)
        if (!c.refusal) cases.push_back(&c);
    std::stable_sort(cases.begin(), cases.end(), [](const suite::Case* a, const suite::Case* b) {
        return a->shape.elements() * a->steps < b->shape.elements() * b->steps;
    });
    return cases;
}

}  // namespace

const Finding* BugRow::smallest() const {
    const Finding* best = nullptr;
    for (const std::optional<Finding>& finding : caught)
        if (finding && (!best || finding->elements < best->elements)) best = &*finding;
    return best;
}

bool BugRow::killed_without(std::size_t suite) const {
    for (std::size_t s = 0; s < caught.size(); ++s)
        if (s != suite && caught[s]) return true;
    return false;
}

bool AlgorithmRow::accused() const {
    return std::any_of(outcomes.begin(), outcomes.end(), [](const Outcome& outcome) { return outcome.accused.has_value(); });
}

std::vector<const BugRow*> KillMatrix::survivors() const {
    std::vector<const BugRow*> rows;
    for (const BugRow& row : bugs)
        if (!row.killed()) rows.push_back(&row);
    return rows;
}

std::vector<const BugRow*> KillMatrix::survivors_without(std::size_t suite) const {
    std::vector<const BugRow*> rows;
    for (const BugRow& row : bugs)
        if (row.killed() && !row.killed_without(suite)) rows.push_back(&row);
    return rows;
}

bool KillMatrix::holds() const {
    return survivors().empty() &&
           std::none_of(algorithms.begin(), algorithms.end(), [](const AlgorithmRow& row) { return row.accused(); });
}

KillMatrix kill_matrix(const std::vector<suite::Suite>& suites, const std::function<bool(const std::string&)>& chosen,
                       const CaseProgress& progress) {
    KillMatrix matrix;
    for (const PlantedBug& bug : planted_bugs())
        if (chosen(bug.name)) matrix.bugs.push_back({&bug, std::vector<std::optional<Finding>>(suites.size())});
    std::vector<std::unique_ptr<candidate::Candidate>> candidates;  // of all rows but the first
    const auto add_row = [&](const std::string& name, AccuracyClass owed) {
        matrix.algorithms.push_back({name, owed, std::vector<AlgorithmRow::Outcome>(suites.size())});
    };
    add_row(PlantedCandidate(nullptr).hello().name, AccuracyClass::wide);
    for (const auto& [builtin, owed] : right_algorithms) {
        auto candidate = candidate::make_builtin(builtin);
        if (!chosen(candidate->hello().name)) continue;
        add_row(candidate->hello().name, owed);
        candidates.push_back(std::move(candidate));
    }
    std::vector<std::vector<const suite::Case*>> cases;
    std::size_t due = 0, done = 0;
    for (const suite::Suite& suite : suites) {
        matrix.suites.push_back(suite.name);
        cases.push_back(ordered_cases(suite));
        due += cases.back().size();
    }
    for (std::size_t s = 0; s < suites.size(); ++s)
        for (const suite::Case* c : cases[s]) {
            Transcript right;
            PlantedCandidate without_bug(nullptr, &right);
            judge_algorithm(matrix.algorithms[0], without_bug, *c, s);
            std::vector<BugRow*> alive;
            for (BugRow& row : matrix.bugs)
                if (!row.caught[s]) alive.push_back(&row);
            parallel_for_each(alive.size() + candidates.size(), [&](std::size_t k) {
                if (k >= alive.size()) {
                    const std::size_t a = k - alive.size();
                    return judge_algorithm(matrix.algorithms[a + 1], *candidates[a], *c, s);
                }
                if (!changes_answers(*alive[k]->bug, *c, right)) return;
                PlantedCandidate planted(alive[k]->bug);
                alive[k]->caught[s] = finding_of(*c, run::run_case(*c, planted, {}));
            });
            progress(c->id(), ++done, due);
        }
    return matrix;
}

}  // namespace bncheck::diagnose
