#include "bncheck/report/assemble.hpp"

#include <nlohmann/json.hpp>

#include "bncheck/report/coverage.hpp"

namespace bncheck::report {

Json assemble(Parts parts, std::size_t due) {
    for (Json& suite : parts.suites) {
        Json of_suite = Json::array();
        for (const Json& c : parts.cases)
            if (c["suite"] == suite["name"]) of_suite.push_back(c);
        if (!of_suite.empty()) suite["not_tested"] = not_tested(of_suite, parts.candidate);
    }
    const bool strict = parts.options["strict"].get<bool>();
    Json json{{"$schema", "urn:bncheck:report:1"}, {"bncheck", parts.bncheck}, {"environment", parts.environment}};
    json["candidate"] = parts.candidate;
    json["options"] = parts.options;
    json["suites"] = parts.suites;
    if (!parts.shard.is_null()) json["shard"] = parts.shard;
    json["summary"] = summarize(parts.cases, strict);
    if (parts.known_failures) {
        const bool complete = parts.options["checks"].empty() && parts.cases.size() == due;
        json["known_failures"] = to_json(parts.known_failures_file, *parts.known_failures, complete);
        if (exit_code(json, strict) == 1 && json["summary"]["verdict"] == "pass") json["summary"]["verdict"] = "xpass";
        if (json.contains("shard"))
            for (const KnownFailureTally& tally : *parts.known_failures)
                json["shard"]["known_failures"].push_back(to_json(tally));
    }
    json["summary"]["not_tested"] = not_tested(parts.cases, parts.candidate);
    json["cases"] = std::move(parts.cases);
    return json;
}

}  // namespace bncheck::report
