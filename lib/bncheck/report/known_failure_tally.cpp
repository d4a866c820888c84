#include "bncheck/report/known_failure_tally.hpp"

#include <nlohmann/json.hpp>

namespace bncheck::report {

Json to_json(const std::string& file, const std::vector<KnownFailureTally>& tallies, bool complete) {
    Json unmatched = Json::array();
    std::size_t elsewhere = 0;
    for (const KnownFailureTally& t : tallies) {
        elsewhere += t.cases > 0 && t.run == 0;
        std::string why;
        if (t.cases == 0)
            why = "there is no such case";
        else if (complete && t.run == t.cases && t.failed == 0 && t.passed == 0)
            why = "none of its " + std::to_string(t.run) + " cases fails in " + t.tensor;
        if (!why.empty()) unmatched.push_back({{"case", t.pattern}, {"tensor", t.tensor}, {"place", t.place}, {"reason", why}});
    }
    return {{"file", file}, {"entries", tallies.size()}, {"elsewhere", elsewhere}, {"unmatched", unmatched}};
}

Json to_json(const KnownFailureTally& t) {
    return {
        {"case", t.pattern}, {"tensor", t.tensor}, {"place", t.place},   {"cases", t.cases},
        {"run", t.run},      {"failed", t.failed}, {"passed", t.passed}, {"first", t.first ? Json(*t.first) : Json(nullptr)}};
}

KnownFailureTally tally_from(const Json& json) {
    KnownFailureTally t{json.at("case"), json.at("tensor"), json.at("place"),  json.at("cases"),
                        json.at("run"),  json.at("failed"), json.at("passed"), {}};
    if (!json.at("first").is_null()) t.first = json.at("first").get<std::size_t>();
    return t;
}

}  // namespace bncheck::report
