#include "bncheck/report/reader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/run/runner.hpp"

using namespace bncheck;
using report::Json;

namespace {

Json two_cases() {
    run::Options options;
    options.filter = "^smoke/(known-answer|ranks-float32-NCHW-6x5)$";
    const Json report = run::run(suite::load_suites({"smoke"}), options, [](auto&&...) {});
    REQUIRE(report["cases"].size() == 2);
    return report;
}

/// What reading says; "" where it reads.
std::string refusal(const std::string& text) {
    try {
        report::read_report("r.json", text);
    } catch (const Error& e) {
        CHECK(e.fault() == Fault::usage);
        CHECK(e.place().rfind("r.json", 0) == 0);
        CHECK_FALSE(e.advice().empty());
        return e.place() + " " + e.message();
    }
    return "";
}

void is_refused(const std::string& text, const std::string& words) {
    INFO(text.substr(0, 200));
    CHECK_THAT(refusal(text), Catch::Contains(words));
}

}  // namespace

TEST_CASE("a report is read as it was written") {
    const Json report = two_cases();
    CHECK(report::read_report("r.json", report.dump(1)) == report);
    Json empty = report;
    empty["cases"] = Json::array();
    CHECK(report::read_report("r.json", empty.dump()) == empty);
}

TEST_CASE("a report that is cut short anywhere is refused") {
    const std::string text = two_cases().dump();
    for (std::size_t length = 0; length < text.size(); length += 13) CHECK(refusal(text.substr(0, length)) != "");
}

TEST_CASE("what is no report is refused with the place") {
    is_refused("", "is no JSON");
    is_refused("{}", "r.json lacks 'bncheck'");
    is_refused("[1]", "r.json is no object");
    is_refused("null", "r.json is no object");
    is_refused(std::string(100000, '['), "deeper");
    is_refused("{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}", "deeper");
    is_refused("{\"a\": 1e999}", "is no JSON");
    is_refused("{\"a\": \"\xff\"}", "is no JSON");
    is_refused("\x1b[2J", "is no JSON");
    CHECK(refusal("\x1b[2J").find('\x1b') == std::string::npos);
    const Json report = two_cases();
    const auto edited = [&](const std::string& pointer, const Json& value, const std::string& words) {
        Json other = report;
        other[Json::json_pointer(pointer)] = value;
        is_refused(other.dump(), "r.json: " + words);
    };
    edited("/bncheck/report", 2, "/bncheck/report is 2");
    edited("/cases/1/id", report["cases"][0]["id"], "/cases/1/id is that of an earlier case");
    edited("/cases/0/verdict", "fine", "/cases/0/verdict is 'fine'");
    edited("/cases/0/checks/0/utilisation", "much", "/cases/0/checks/0/utilisation is no number");
    edited("/cases/0/checks/0/utilisation", -1, "/cases/0/checks/0/utilisation is no number");
    edited("/cases/0/checks/0/elements", 1e30, "/cases/0/checks/0/elements is no whole number");
    edited("/cases/0/checks/0/reason", nullptr, "/cases/0/checks/0/reason is no string");
    edited("/options/shard", 3, "/options/shard is no string");
}
