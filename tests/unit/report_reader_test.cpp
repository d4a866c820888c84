#include "bncheck/report/reader.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/report/diff.hpp"
#include "bncheck/report/merge.hpp"
#include "bncheck/report/text.hpp"
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

/// The only one, with known failures that match and that do not.
Json one_shard() {
    run::Options options;
    options.filter = "^smoke/known-answer$";
    options.shard = run::Shard{1, 1};
    const std::vector<suite::Suite> suites = suite::load_suites({"smoke"});
    options.known_failures = run::KnownFailures::read(
        "known.json",
        R"({"known_failures": [{"case": "smoke/known-answer", "tensor": "y", "number": 2, "reason": "not a failure at all"},
                               {"case": "smoke/none", "tensor": "dx", "number": 2, "reason": "not a case at all"}]})",
        suites);
    return run::run(suites, options, [](auto&&...) {});
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

TEST_CASE("whatever stands anywhere in a report, it is read and used, or refused") {
    const std::vector<Json> others{nullptr, true,  -1,   0,         1e300,         18446744073709551615u, "",
                                   "nan",   "inf", "/1", "\x1b[2J", Json::array(), Json::object()};
    const Json whole = one_shard();
    std::vector<Json::json_pointer> places;
    const std::function<void(const Json&, const Json::json_pointer&)> walk = [&](const Json& json, const auto& place) {
        if (!place.empty()) places.push_back(place);
        if (!json.is_structured()) return;
        for (const auto& [key, value] : json.items()) walk(value, json.is_array() ? place / std::stoul(key) : place / key);
    };
    walk(whole, Json::json_pointer());
    std::size_t read = 0, refused = 0;
    const auto use = [&](const Json& mutant) {
        const std::string text = mutant.dump();
        INFO(text);
        try {
            const Json json = report::read_report("r.json", text);
            ++read;
            const std::string shown =
                report::text_of(report::diff(whole, json, 1.0), 1000) + report::text_of(report::diff(json, whole, 1.0), 1000);
            CHECK(shown.find('\x1b') == std::string::npos);
            const Json merged = report::merge({{"r.json", json}});
            CHECK(report::summary_text(merged, {}).find('\x1b') == std::string::npos);
        } catch (const Error& e) {
            ++refused;
            CHECK(e.fault() == Fault::usage);
            CHECK(std::string(e.what()).find('\x1b') == std::string::npos);
        }
    };
    for (const Json::json_pointer& place : places) {
        for (const Json& other : others) {
            Json mutant = whole;
            mutant[place] = other;
            use(mutant);
        }
        Json without = whole;
        Json& parent = without[place.parent_pointer()];
        if (parent.is_array())
            parent.erase(std::stoul(place.back()));
        else
            parent.erase(place.back());
        use(without);
    }
    CHECK(read > 1000);
    CHECK(refused > 1000);
}
