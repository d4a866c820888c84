#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

/// A peer over all suites, held against its known failures: each of them fails, and nothing else. The report.
inline nlohmann::ordered_json conformance(const std::string& peer, const std::string& convention,
                                          const std::vector<std::string>& reasons_to_skip, const std::string& variables = "") {
    const Folder folder;
    const Outcome outcome = shell(variables + " scripts/conformance --bncheck " BNCHECK_BINARY " --out " +
                                  folder.path.string() + " --peers " + peer);
    INFO(outcome.out << read_text((folder.path / (peer + ".txt")).string()));
    CHECK(outcome.code == 0);
    using Json = nlohmann::ordered_json;
    const Json report = Json::parse(read_text((folder.path / (peer + ".json")).string()));
    CHECK(report["candidate"]["convention"] == convention);
    CHECK(report["known_failures"]["elsewhere"] == 0);
    CHECK(report["summary"]["xfail"] > 0);
    for (const Json& c : report["cases"])
        if (c["verdict"] == "skipped") {
            const std::string reason = c["reason"];
            INFO(c["id"] << ": " << reason);
            CHECK(std::any_of(reasons_to_skip.begin(), reasons_to_skip.end(),
                              [&](const std::string& begin) { return reason.starts_with(begin); }));
        }
    const std::string table = read_text((folder.path / "table.md").string());
    CHECK(table.find("| **all** |") != std::string::npos);
    CHECK(table.find("not known") == std::string::npos);
    return report;
}
