#include "bncheck/report/merge.hpp"

#include <algorithm>
#include <map>
#include <regex>

#include "bncheck/core/error.hpp"
#include "bncheck/core/printable.hpp"
#include "bncheck/report/assemble.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

[[noreturn]] void refuse(const std::string& place, const std::string& message, const std::string& advice) {
    throw Error(Fault::usage, "format", place, message, advice);
}

struct Part {
    std::string name;
    std::size_t number = 0, of = 0;
    Json json;
};

Part part_of(NamedReport report) {
    const Json& shard = report.json["options"].value("shard", Json(nullptr));
    std::smatch words;
    static const std::regex form("([1-9][0-9]{0,5})/([1-9][0-9]{0,5})");
    const std::string text = shard.is_string() ? shard.get<std::string>() : "";
    if (!std::regex_match(text, words, form) || !report.json.contains("shard"))
        refuse(report.name, "is not the report of a shard", "name what 'bncheck run --shard K/N --json FILE' wrote");
    Part part{report.name, std::stoul(words[1]), std::stoul(words[2]), std::move(report.json)};
    return part;
}

std::string numbers(const std::vector<std::size_t>& list, std::size_t of) {
    std::string text;
    for (std::size_t k = 0; k < std::min<std::size_t>(list.size(), 20); ++k)
        text += (k ? ", " : "") + std::to_string(list[k]) + "/" + std::to_string(of);
    return text + (list.size() > 20 ? " and " + std::to_string(list.size() - 20) + " more" : "");
}

/// Sorts the parts; every number must be there once.
void require_all(std::vector<Part>& parts) {
    const Part first = {parts[0].name, parts[0].number, parts[0].of, {}};
    std::map<std::size_t, std::string> there;
    for (const Part& part : parts) {
        if (part.of != first.of)
            refuse(part.name,
                   "is shard " + numbers({part.number}, part.of) + ", and " + first.name + " is " +
                       numbers({first.number}, first.of),
                   "join the shards of one run");
        const auto [same, is_new] = there.emplace(part.number, part.name);
        if (!is_new)
            refuse(part.name, "is shard " + numbers({part.number}, part.of) + ", as " + same->second + " is",
                   "name each shard once");
    }
    std::vector<std::size_t> missing;
    for (std::size_t k = 1; k <= first.of; ++k)
        if (!there.count(k)) missing.push_back(k);
    if (!missing.empty())
        refuse("bncheck merge",
               (missing.size() == 1 ? "shard " : "shards ") + numbers(missing, first.of) +
                   (missing.size() == 1 ? " is missing" : " are missing"),
               "run what is missing with --shard K/N, and name all " + std::to_string(first.of) + " reports");
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.number < b.number; });
}

/// What must be the same in all shards, by the name that a message gives it.
Json common_of(const Json& report) {
    Json common{{"bncheck", report["bncheck"]}, {"candidate", report["candidate"]}, {"options", report["options"]}};
    common["options"].erase("shard");
    common["suites"] = Json::array();
    for (Json suite : report["suites"]) {
        suite.erase("cases");
        suite.erase("not_tested");
        common["suites"].push_back(suite);
    }
    const Json& shard = report["shard"];
    for (const char* key : {"command", "fail_fast", "digests", "selected"}) common["shard"][key] = shard[key];
    if (report.contains("known_failures")) common["known_failures"]["file"] = report["known_failures"]["file"];
    for (const Json& tally : shard.value("known_failures", Json::array()))
        common["shard"]["known_failures"].push_back({tally["case"], tally["tensor"], tally["place"], tally["cases"]});
    return common;
}

/// The first place in which two values differ, as a JSON pointer, and the two values there.
struct Difference {
    std::string pointer;
    Json a, b;
};

std::optional<Difference> difference(const Json& a, const Json& b, const std::string& pointer) {
    if (a == b) return std::nullopt;
    if (a.is_object() && b.is_object()) {
        for (const auto& [key, value] : a.items())
            if (auto found = difference(value, b.value(key, Json(nullptr)), pointer + "/" + key)) return found;
        for (const auto& [key, value] : b.items())
            if (auto found = difference(a.value(key, Json(nullptr)), value, pointer + "/" + key)) return found;
    }
    if (a.is_array() && b.is_array() && a.size() == b.size())
        for (std::size_t i = 0; i < a.size(); ++i)
            if (auto found = difference(a[i], b[i], pointer + "/" + std::to_string(i))) return found;
    return Difference{pointer, a, b};
}

void require_same(const Part& first, const Part& other) {
    const auto found = difference(common_of(other.json), common_of(first.json), "");
    if (!found) return;
    const std::string place = other.name + ": " + printable(found->pointer, 200);
    if (found->pointer.rfind("/shard/digests/", 0) == 0)
        refuse(place, "is that of another text of the suite than in " + first.name, "run all shards with the same files");
    refuse(place, "is " + printable(found->a.dump(), 80) + ", and " + printable(found->b.dump(), 80) + " in " + first.name,
           "join the shards of one run: the same version, candidate, suites and options");
}

/// Of files that several shards take tensors from.
void require_same_data(const std::vector<Part>& parts) {
    std::map<std::string, std::pair<Json, const Part*>> first;
    for (const Part& part : parts) {
        const Json data = part.json["shard"].value("data", Json::object());
        for (const auto& [file, digest] : data.items()) {
            const auto& [known, where] = first.try_emplace(file, digest, &part).first->second;
            if (digest != known)
                refuse(part.name + ": /shard/data", "is of another " + printable(file, 200) + " than in " + where->name,
                       "run all shards with the same files");
        }
    }
}

/// The cases of all parts in the order of the run.
Json cases_of(const std::vector<Part>& parts) {
    const std::size_t selected = parts[0].json["shard"]["selected"];
    const bool fail_fast = parts[0].json["shard"]["fail_fast"];
    std::size_t listed = 0;
    for (const Part& part : parts) listed += part.json["shard"]["positions"].size();
    if (listed < selected)
        refuse("bncheck merge", "of " + std::to_string(selected) + " cases the shards have " + std::to_string(listed),
               "run all shards with one version and the same options");
    std::vector<const Json*> places(selected, nullptr);
    std::vector<const Part*> owners(selected, nullptr);
    std::map<std::string, const Part*> ids;
    for (const Part& part : parts) {
        const Json &positions = part.json["shard"]["positions"], &cases = part.json["cases"];
        if (is_partial(part.json)) refuse(part.name, "is of a run that was interrupted", "go on with that run by --resume");
        const bool stopped_at_failure = fail_fast && !cases.empty() && is_bad(cases.back()["verdict"]);
        if (cases.size() > positions.size() || (cases.size() < positions.size() && !stopped_at_failure))
            refuse(part.name, "has " + std::to_string(cases.size()) + " of its " + std::to_string(positions.size()) + " cases",
                   "run the shard to its end");
        for (std::size_t k = 0; k < positions.size(); ++k) {
            const std::size_t position = positions[k];
            if (owners[position])
                refuse(part.name + ": /shard/positions/" + std::to_string(k),
                       "is a case that " + owners[position]->name + " has too",
                       "run all shards with one version and the same options");
            if (k > 0 && position < positions[k - 1])
                refuse(part.name + ": /shard/positions/" + std::to_string(k), "is below the one before",
                       "take what the run wrote");
            owners[position] = &part;
            if (k >= cases.size()) continue;
            places[position] = &cases[k];
            const auto [first, is_new] = ids.emplace(cases[k]["id"].get<std::string>(), &part);
            if (!is_new)
                refuse(part.name + ": /cases/" + std::to_string(k) + "/id",
                       "is '" + printable(first->first, 200) + "', which " + first->second->name + " has too",
                       "take what the runs wrote");
        }
    }
    Json cases = Json::array();
    for (const Json* c : places) {
        // Each shard went on to its own first failure, so that all before the first of all are there.
        if (!c) break;
        cases.push_back(*c);
        if (fail_fast && is_bad((*c)["verdict"])) break;
    }
    return cases;
}

/// Texts of the environments, each once.
std::string joined(const std::vector<Part>& parts, const char* key) {
    std::vector<std::string> texts;
    std::string all;
    for (const Part& part : parts) {
        const std::string text = part.json["environment"].value(key, "");
        if (text.empty() || std::find(texts.begin(), texts.end(), text) != texts.end()) continue;
        all += (texts.empty() ? "" : ", ") + text;
        texts.push_back(text);
    }
    return all;
}

Json environment_of(const std::vector<Part>& parts) {
    Json environment = Json::object(), shards = Json::array(), by_case = Json::object(), by_stage = by_case,
         by_method = by_case;
    for (const char* key : {"host", "reference", "compiler"}) environment[key] = joined(parts, key);
    double seconds = 0;
    std::string said, started;
    for (const Part& part : parts) {
        const Json& e = part.json["environment"];
        seconds += e.value("seconds", 0.0);
        said += e.value("candidate_stderr", "");
        const std::string begun = e.value("started", "");
        if (!begun.empty() && (started.empty() || begun < started)) started = begun;
        shards.push_back({{"host", e.value("host", "")}, {"seconds", e.value("seconds", 0.0)}});
        by_case.update(e.value("seconds_by_case", Json::object()));
        by_method.update(e.value("seconds_by_method", Json::object()));
        const Json stages = e.value("seconds_by_stage", Json::object());
        for (const auto& [stage, its] : stages.items())
            if (its.is_number()) by_stage[stage] = by_stage.value(stage, 0.0) + its.get<double>();
    }
    if (!started.empty()) environment["started"] = started;
    environment["seconds"] = seconds;
    environment["shards"] = shards;
    for (const auto& [key, times] : {std::pair{"seconds_by_case", &by_case}, std::pair{"seconds_by_stage", &by_stage},
                                     std::pair{"seconds_by_method", &by_method}})
        if (!times->empty()) environment[key] = *times;
    if (!said.empty()) environment["candidate_stderr"] = said;
    return environment;
}

std::vector<KnownFailureTally> tallies_of(const std::vector<Part>& parts, std::size_t cases) {
    std::vector<KnownFailureTally> sums;
    for (const Part& part : parts) {
        const Json list = part.json["shard"].value("known_failures", Json::array());
        for (std::size_t k = 0; k < list.size(); ++k) {
            const KnownFailureTally t = tally_from(list[k]);
            if (&part == &parts[0]) sums.push_back({t.pattern, t.tensor, t.place, t.cases, 0, 0, 0, {}});
            sums[k].run += t.run;
            sums[k].failed += t.failed;
            sums[k].passed += t.passed;
            if (t.first && (!sums[k].first || *t.first < *sums[k].first)) sums[k].first = t.first;
        }
    }
    // Of a run that stopped at a failure nothing counts but which entries it came to.
    for (KnownFailureTally& t : sums)
        if (t.first && *t.first >= cases) t.run = 0;
    return sums;
}

}  // namespace

Json merge(std::vector<NamedReport> reports) {
    if (reports.empty()) refuse("bncheck merge", "there is no report", "name the reports of all shards");
    std::vector<Part> parts;
    for (NamedReport& report : reports) parts.push_back(part_of(std::move(report)));
    for (const Part& part : parts)
        if (part.of == parts[0].of) require_same(parts[0], part);
    require_same_data(parts);
    require_all(parts);
    const Json& first = parts[0].json;
    Parts whole;
    whole.bncheck = first["bncheck"];
    whole.environment = environment_of(parts);
    whole.candidate = first["candidate"];
    whole.options = first["options"];
    whole.options["shard"] = nullptr;
    whole.cases = cases_of(parts);
    whole.suites = first["suites"];
    for (std::size_t k = 0; k < whole.suites.size(); ++k) {
        std::size_t count = 0;
        for (const Part& part : parts) count += part.json["suites"][k]["cases"].get<std::size_t>();
        whole.suites[k]["cases"] = count;
        whole.suites[k].erase("not_tested");
    }
    if (first.contains("known_failures")) {
        whole.known_failures = tallies_of(parts, whole.cases.size());
        whole.known_failures_file = first["known_failures"]["file"];
    }
    return assemble(std::move(whole), first["shard"]["selected"].get<std::size_t>());
}

}  // namespace bncheck::report
