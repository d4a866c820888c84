#include "bncheck/diagnose/kill_matrix.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "bncheck/core/parallel.hpp"
#include "bncheck/diagnose/planted_candidate.hpp"
#include "bncheck/run/run_case.hpp"

namespace bncheck::diagnose {
namespace {

/// The right algorithms and what they promise: the name of a builtin, or "" for our own kernel, stage by stage.
struct RightAlgorithm {
    const char* builtin;
    AccuracyClass owed;
};
constexpr RightAlgorithm right_algorithms[] = {
    {"", AccuracyClass::wide},
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

struct Algorithm {
    std::unique_ptr<candidate::Candidate> candidate;
    AlgorithmRow row;
};

void judge_algorithm(Algorithm& algorithm, const suite::Case& c, std::size_t suite) {
    AlgorithmRow::Outcome& outcome = algorithm.row.outcomes[suite];
    if (c.require < AccuracyClass::updating && algorithm.row.owed > c.require) {
        ++outcome.not_owed;
        return;
    }
    ++outcome.judged;
    if (outcome.accused) return;
    run::CaseOptions options;
    options.require = std::max(c.require, algorithm.row.owed);
    outcome.accused = finding_of(c, run::run_case(c, *algorithm.candidate, options));
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
    std::vector<Algorithm> algorithms;
    for (const auto& [builtin, owed] : right_algorithms) {
        auto candidate = *builtin ? candidate::make_builtin(builtin) : std::make_unique<PlantedCandidate>();
        const std::string name = candidate->hello().name;
        if (chosen(name))
            algorithms.push_back({std::move(candidate), {name, owed, std::vector<AlgorithmRow::Outcome>(suites.size())}});
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
            PlantedCandidate without_bug(&right);
            run::run_case(*c, without_bug, {});
            std::vector<BugRow*> alive;
            for (BugRow& row : matrix.bugs)
                if (!row.caught[s]) alive.push_back(&row);
            parallel_for_each(alive.size() + algorithms.size(), [&](std::size_t k) {
                if (k >= alive.size()) return judge_algorithm(algorithms[k - alive.size()], *c, s);
                PlantedCandidate planted(*alive[k]->bug, right);
                alive[k]->caught[s] = finding_of(*c, run::run_case(*c, planted, {}));
            });
            progress(c->id(), ++done, due);
        }
    for (Algorithm& algorithm : algorithms) matrix.algorithms.push_back(std::move(algorithm.row));
    return matrix;
}

}  // namespace bncheck::diagnose
