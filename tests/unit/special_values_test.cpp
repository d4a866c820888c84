#include <catch2/catch.hpp>

#include "bncheck/judge/verdict.hpp"
#include "bncheck/run/run_case.hpp"
#include "bncheck/suite/suite.hpp"

using namespace bncheck;
using judge::Verdict;

namespace {

report::CaseReport put_to(const std::string& builtin, const std::string& keys) {
    const suite::Suite s = suite::read_suite("test.json", R"({"suite": "s", "cases": [{"name": "c", )" + keys + "}]}", ".");
    const auto candidate = candidate::make_builtin(builtin);
    return run::run_case(s.cases.at(0), *candidate, {});
}

const std::string algorithms[] = {"two_pass", "welford", "pairwise", "compensated", "fast", "wide", "shifted", "textbook"};

Verdict verdict_of(double got, double want, const judge::Requirement& requirement) {
    judge::ChannelBounds::PerClass bounds;
    bounds.fill(std::numeric_limits<double>::infinity());
    judge::TensorFindings findings;
    findings.add({0, 0, got, {want}}, bounds, requirement);
    return findings.verdict();
}

}  // namespace

TEST_CASE("no algorithm is accused of the mean of data with an infinity") {
    for (const std::string& name : algorithms) {
        INFO(name);
        CHECK(put_to(name, R"("shape": [4, 2], "data": {"x": {"values": [1, 2, "inf", 3, 0, 1, 7, 2]}})").verdict ==
              Verdict::pass);
    }
}

TEST_CASE("a constant channel without eps has no truth: what comes out is inconclusive, whether or not its variance is 0") {
    for (const std::string& name : algorithms)
        for (const char* constant : {"3", "0.1", "1e4"}) {
            INFO(name << " " << constant);
            const report::CaseReport r =
                put_to(name, R"("shape": [7, 3], "eps": 0, "data": {"x": {"constant": )" + std::string(constant) + "}}");
            CHECK((r.verdict == Verdict::pass || r.verdict == Verdict::inconclusive));
        }
}

TEST_CASE("NaN and infinities that are not excused fail") {
    constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    judge::Requirement r{AccuracyClass::updating, 0, format_of(Dtype::float32)};
    for (const auto& [got, want] :
         {std::pair{nan, infinity}, {infinity, nan}, {1.0, nan}, {nan, 1.0}, {1.0, infinity}, {-infinity, infinity}})
        CHECK(verdict_of(got, want, r) == Verdict::fail);
    CHECK(verdict_of(nan, nan, r) == Verdict::pass);
    r.nan_for_infinity = true;
    CHECK(verdict_of(nan, infinity, r) == Verdict::pass);
    for (const auto& [got, want] : {std::pair{1.0, infinity}, {nan, 1.0}, {1.0, nan}, {-infinity, infinity}})
        CHECK(verdict_of(got, want, r) == Verdict::fail);
    r = {AccuracyClass::updating, 0, format_of(Dtype::float32), false, true};
    CHECK(verdict_of(nan, nan, r) == Verdict::pass);
    CHECK(verdict_of(0, infinity, r) == Verdict::inconclusive);
    CHECK(verdict_of(0.5, nan, r) == Verdict::inconclusive);
}
