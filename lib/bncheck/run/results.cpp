#include "bncheck/run/results.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "bncheck/report/text.hpp"

namespace bncheck::run {
namespace {

using report::Json;

double microseconds(double seconds) { return std::round(seconds * 1e6) / 1e6; }

}  // namespace

Json Results::add(report::CaseReport report, Dtype dtype) {
    Json known = Json::array();
    if (known_)
        for (const KnownFailures::Hit& hit : known_->apply(report, complete_))
            known.push_back({hit.entry, hit.failed, hit.passed});
    Json entry{{"case", to_json(report, dtype)}, {"seconds", microseconds(report.total_seconds)}};
    if (!report.seconds.empty()) entry["methods"] = report.seconds;
    if (!report.stage_seconds.empty()) entry["stages"] = report.stage_seconds;
    if (known_) entry["known"] = known;
    put(entry);
    return entry;
}

bool Results::restore(const Json& entry, const std::string& id) {
    const Json c = entry.value("case", Json());
    if (!c.is_object() || c.value("id", Json()) != id || !entry.value("seconds", Json()).is_number()) return false;
    const Json verdict = c.value("verdict", Json());
    if (std::find(std::begin(report::verdicts_by_severity), std::end(report::verdicts_by_severity), verdict) ==
        std::end(report::verdicts_by_severity))
        return false;
    for (const char* times : {"methods", "stages"})
        if (entry.contains(times))
            for (const Json& seconds : entry[times])
                if (!seconds.is_number()) return false;
    const Json known = entry.value("known", Json());
    if (known_ && !known.is_array()) return false;
    for (const Json& hit : known)
        if (!hit.is_array() || hit.size() != 3 || !hit[0].is_number_unsigned() || hit[0] >= known_->tallies().size() ||
            !hit[1].is_boolean() || !hit[2].is_boolean())
            return false;
    put(entry);
    return true;
}

void Results::put(const Json& entry) {
    const std::size_t position = positions_.at(cases_.size());
    cases_.push_back(entry.at("case"));
    const std::string id = cases_.back().at("id");
    seconds_[id] = entry.at("seconds");
    if (entry.contains("methods")) methods_[id] = entry["methods"];
    if (entry.contains("stages"))
        for (const auto& [stage, seconds] : entry["stages"].items()) stages_[stage] += seconds.get<double>();
    if (!known_) return;
    std::vector<KnownFailures::Hit> hits;
    for (const Json& hit : entry.at("known"))
        hits.push_back({hit.at(0).get<std::size_t>(), hit.at(1).get<bool>(), hit.at(2).get<bool>()});
    known_->count(hits, position);
}

void Results::move_into(report::Parts& parts) {
    parts.cases = std::move(cases_);
    parts.environment["seconds_by_case"] = std::move(seconds_);
    for (const auto& [stage, seconds] : stages_) parts.environment["seconds_by_stage"][stage] = microseconds(seconds);
    if (!methods_.empty()) parts.environment["seconds_by_method"] = std::move(methods_);
    if (!known_) return;
    parts.known_failures = known_->tallies();
    parts.known_failures_file = known_->file();
}

}  // namespace bncheck::run
