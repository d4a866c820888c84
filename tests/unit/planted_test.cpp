#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "bncheck/diagnose/kill_matrix.hpp"
#include "bncheck/diagnose/planted_candidate.hpp"

using namespace bncheck;
using diagnose::PlantedBug;

namespace {

std::vector<suite::Case> cases_of(const std::vector<std::string>& suites, std::size_t most_elements) {
    std::vector<suite::Case> cases;
    for (const suite::Suite& suite : suite::load_suites(suites))
        for (const suite::Case& c : suite.cases)
            if (!c.refusal && c.shape.elements() <= most_elements) cases.push_back(c);
    return cases;
}

/// Forward (of the first and the last step) and backward of a case, each with all outputs that there are.
template <class Use>
void for_each_request(const suite::Case& c, Use use) {
    suite::Tensors inputs = suite::generate(c);
    std::vector<std::string> forward{"y", "save_mean", "save_invstd", "save_var"}, backward{"dx"};
    if (c.running) forward.insert(forward.end(), {"running_mean", "running_var"});
    if (c.affine) backward.insert(backward.end(), {"dgamma", "dbeta"});
    const auto request = [&](const char* pass, std::size_t step, const std::vector<std::string>& outputs) {
        const std::uint64_t tracked = c.num_batches_tracked + step;
        const double momentum = c.momentum.value_or(1 / static_cast<double>(tracked + 1));
        return use(candidate::Request{c, pass, c.convention, momentum, tracked, step, inputs, outputs});
    };
    const suite::Tensors saved = request("forward", 0, forward);
    if (c.steps > 1) request("forward", c.steps - 1, forward);
    inputs.insert_or_assign("save_invstd", saved.at("save_invstd"));
    request("backward", 0, backward);
}

suite::Suite suite_of(const std::string& name, const std::string& cases) {
    return suite::read_suite(name + ".json", R"({"suite": ")" + name + R"(", "cases": [)" + cases + "]}", ".");
}

diagnose::KillMatrix matrix_of(const std::vector<suite::Suite>& suites, const std::set<std::string>& names) {
    return diagnose::kill_matrix(
        suites, [&](const std::string& name) { return names.count(name) != 0; },
        [](const std::string&, std::size_t, std::size_t) {});
}

std::vector<std::string> names_of(const std::vector<const diagnose::BugRow*>& rows) {
    std::vector<std::string> names;
    for (const diagnose::BugRow* row : rows) names.push_back(row->bug->name);
    return names;
}

const std::string train = R"({"name": "train", "shape": [4, 3, 5]})";
const std::string eval = R"({"name": "eval", "shape": [4, 3, 5], "mode": "eval"})";
const std::string forward = R"({"name": "forward", "shape": [4, 3, 5], "checks": ["forward"]})";

}  // namespace

TEST_CASE("the catalogue holds many bugs of each kind, each with a name of its own and a sentence") {
    std::set<std::string> names;
    std::map<diagnose::BugKind, std::size_t> kinds;
    for (const PlantedBug& bug : diagnose::planted_bugs()) {
        INFO(bug.name);
        CHECK(names.insert(bug.name).second);
        CHECK(bug.wrong.size() > 10);
        ++kinds[bug.kind];
    }
    CHECK(names.size() >= 200);
    CHECK(kinds.size() == diagnose::bug_kinds);
    for (const auto& [kind, count] : kinds) {
        INFO(diagnose::name_of(kind));
        CHECK(count >= 10);
    }
}

TEST_CASE("the kernel without a bug has our own kernel's bits") {
    const auto fast = candidate::make_builtin("fast");
    diagnose::PlantedCandidate planted(nullptr);
    for (const suite::Case& c : cases_of({"smoke", "edge", "eps"}, 1 << 13))
        for_each_request(c, [&](const candidate::Request& request) {
            INFO(c.id() << " " << request.pass);
            const suite::Tensors got = planted.run(request).outputs, due = fast->run(request).outputs;
            for (const auto& [name, tensor] : due) {
                INFO(name);
                CHECK(got.at(name) == tensor);
            }
            return due;
        });
}

TEST_CASE("every bug changes a bit of some case") {
    std::vector<const PlantedBug*> idle;
    for (const PlantedBug& bug : diagnose::planted_bugs()) idle.push_back(&bug);
    std::vector<suite::Case> cases = cases_of({"all"}, 1 << 19);
    std::stable_sort(cases.begin(), cases.end(),
                     [](const suite::Case& a, const suite::Case& b) { return a.shape.elements() < b.shape.elements(); });
    for (const suite::Case& c : cases) {
        if (idle.empty()) break;
        diagnose::Transcript right;
        diagnose::PlantedCandidate planted(nullptr, &right);
        for_each_request(c, [&](const candidate::Request& request) { return planted.run(request).outputs; });
        std::erase_if(idle, [&](const PlantedBug* bug) { return diagnose::changes_answers(*bug, c, right); });
    }
    for (const PlantedBug* bug : idle) FAIL_CHECK(bug->name);
}

TEST_CASE("a bug survives a suite that cannot see it, and is caught by one that can") {
    const std::set<std::string> bugs{"dx-zero", "eval-dx-zero", "relu-fused"};
    const auto blind = matrix_of({suite_of("blind", forward)}, bugs);
    CHECK(names_of(blind.survivors()) == std::vector<std::string>{"eval-dx-zero", "dx-zero"});
    CHECK_FALSE(blind.holds());

    const auto both = matrix_of({suite_of("a", train), suite_of("b", eval)}, bugs);
    CHECK(both.survivors().empty());
    CHECK(both.holds());
    CHECK(names_of(both.survivors_without(0)) == std::vector<std::string>{"dx-zero"});
    CHECK(names_of(both.survivors_without(1)) == std::vector<std::string>{"eval-dx-zero"});
    for (const diagnose::BugRow& row : both.bugs)
        if (row.bug->name == "dx-zero") {
            CHECK(row.smallest()->id == "a/train");
            CHECK(row.smallest()->tensor == "dx");
            CHECK_FALSE(row.caught[1].has_value());
        }
}

TEST_CASE("the case that is shown is the smallest that catches the bug") {
    const std::string large = R"({"name": "large", "shape": [64, 3, 5]})";
    const auto matrix = matrix_of({suite_of("s", large + "," + forward + "," + train)}, {"dx-zero"});
    CHECK(matrix.bugs.at(0).smallest()->id == "s/train");
}

TEST_CASE("a right algorithm is judged by what it promises, and accused where a case is wrong") {
    const std::string wide =
        R"({"name": "wide", "shape": [8, 4, 8, 8], "require": "wide", "data": {"x": {"normal": {"mean": 1e4}}}})";
    const std::set<std::string> names{"builtin:welford", "builtin:wide"};
    const auto right = matrix_of({suite_of("s", train + "," + wide)}, names);
    REQUIRE(right.algorithms.size() == 3);  // with the control
    for (const diagnose::AlgorithmRow& row : right.algorithms) {
        INFO(row.name);
        const bool promises_less = row.name == "builtin:welford";
        CHECK(row.outcomes[0].judged == (promises_less ? 1 : 2));
        CHECK(row.outcomes[0].not_owed == (promises_less ? 1 : 0));
        CHECK_FALSE(row.accused());
    }
    CHECK(right.holds());

    const std::string mistaken =
        R"({"name": "mistaken", "shape": [3, 1], "data": {"x": {"values": [1, 2, 4]}}, "expect": {"save_mean": {"values": [2]}}})";
    const auto accusing = matrix_of({suite_of("s", mistaken)}, names);
    for (const diagnose::AlgorithmRow& row : accusing.algorithms) CHECK(row.accused());
    CHECK_FALSE(accusing.holds());
}

TEST_CASE("gradient checks alone catch every bug of the backward, and consistent backwards of wrong forwards") {
    const std::vector<suite::Suite> suites = suite::load_suites({"gradient"});
    for (const suite::Case& c : suites[0].cases) {
        CHECK(c.checks == std::set<suite::Check>{suite::Check::gradient, suite::Check::double_backward});
        CHECK(c.shape.elements() <= 1000);
    }
    std::set<std::string> names{"eps-outside-root",       "eps-forgotten",         "variance-unbiased",
                                "variance-over-m-plus-1", "gamma-plus-one",        "eval-dx-without-r",
                                "eval-dx-zero",           "eval-eps-outside-root", "eval-backward-of-training"};
    for (const PlantedBug& bug : diagnose::planted_bugs())
        if (bug.kind == diagnose::BugKind::backward) names.insert(bug.name);
    const diagnose::KillMatrix matrix = matrix_of(suites, names);
    CHECK(matrix.bugs.size() == names.size());
    CHECK(names_of(matrix.survivors()) == std::vector<std::string>{});
    CHECK(matrix.holds());
}
