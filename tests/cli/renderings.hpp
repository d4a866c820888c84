#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

// Reports, and their renderings as parsers that are not ours read them.

using Json = nlohmann::ordered_json;

/// JUnit XML, by Python's xml.etree.
inline Json parsed_junit(const std::string& file) {
    const Outcome outcome = shell("/usr/bin/python3 tests/readers/junit.py " + file);
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
    return Json::parse(outcome.out);
}

/// Markdown, by cmark-gfm.
inline Json parsed_markdown(const std::string& file) {
    need_program("cmark-gfm");
    const Outcome outcome = shell("/usr/bin/python3 tests/readers/markdown.py " + file);
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
    return Json::parse(outcome.out);
}

/// A report of the textbook algorithm, which fails 12 of these 22 small cases.
inline const Json& failing_report() {
    static const Json report =
        Json::parse(bncheck_tool("run conditioning -k 'N...-1x16x2$' --candidate builtin:textbook --json - 2>/dev/null").out);
    return report;
}

/// The summary of a report counts its cases.
inline Json counted(Json report) {
    Json& summary = report["summary"];
    std::size_t checks = 0;
    for (const char* key : {"pass", "fail", "inconclusive", "skipped", "error", "xfail", "xpass"}) summary[key] = 0;
    for (const Json& c : report["cases"]) {
        Json& count = summary[c["verdict"].get<std::string>()];
        count = count.get<std::size_t>() + 1;
        checks += c["checks"].size();
    }
    summary["cases"] = report["cases"].size();
    summary["checks"] = checks;
    for (const char* key : {"skipped", "inconclusive", "xfail", "pass", "xpass", "fail", "error"})
        if (summary[key] != 0) summary["verdict"] = key;
    if (summary["verdict"] == "xfail") summary["verdict"] = "pass";
    return report;
}

/// A report of `count` failing cases, all different, of `suites` suites.
inline Json many_failures(std::size_t count, std::size_t suites = 1) {
    Json report = failing_report(), failing;
    for (const Json& c : report["cases"])
        if (c["verdict"] == "fail") failing = c;
    for (Json& check : failing["checks"]) check.erase("plot");  // which no table shows
    report["cases"] = Json::array();
    for (std::size_t k = 0; k < count; ++k) {
        Json c = failing;
        c["suite"] = "suite-" + std::to_string(k % suites);
        c["id"] = c["suite"].get<std::string>() + "/case-" + std::to_string(k);
        report["cases"].push_back(c);
    }
    report["suites"] = Json::array();
    for (std::size_t k = 0; k < suites; ++k)
        report["suites"].push_back(
            {{"name", "suite-" + std::to_string(k)}, {"file", nullptr}, {"cases", (count + suites - 1 - k) / suites}});
    return counted(report);
}

/// Names that would be markup if they could.
inline const std::vector<std::string>& hostile_names() {
    static const std::vector<std::string> names{"<script><img onerror=alert(1) src=x>",
                                                "a|b",
                                                "`a`",
                                                "``|`",
                                                "\\|",
                                                "a\\",
                                                "[l](http:x)",
                                                "*a* _b_ ~~c~~ #d",
                                                "&lt;b&gt;",
                                                "]]>",
                                                "<!-- -->",
                                                "\"'",
                                                "\n| x |",
                                                "\r\n::error::x",
                                                std::string("nul\0", 4),
                                                "\x1b[31m",
                                                "\xef\xbf\xbe",
                                                "www.x.y",
                                                "@who $m$",
                                                " "};
    return names;
}
