#include "bncheck/run/runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>
#include <regex>

#include "bncheck/core/error.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/core/shell_words.hpp"
#include "bncheck/oracle/reference.hpp"
#include "bncheck/report/coverage.hpp"
#include "bncheck/run/case_pool.hpp"
#include "bncheck/run/version.hpp"

namespace bncheck::run {
namespace {

using report::Json;

std::string regex_escaped(const std::string& text) {
    std::string result;
    for (char c : text)
        result += std::string(".+*?()[]{}|^$\\").find(c) == std::string::npos ? std::string(1, c) : std::string("\\") + c;
    return result;
}

/// A command that runs one case alone.
std::string repro(const suite::Suite& suite, const suite::Case& c, const Options& o) {
    std::string line = "bncheck " + o.command + " " + suite.command_line;
    if (suite.cases.size() > 1 || suite.name != "flags") line += " -k " + shell_quoted("^" + regex_escaped(c.id()) + "$");
    if (o.command == "compare")
        line += " " + shell_quoted(o.candidate.substr(std::string("saved:").size()));
    else
        line += " --candidate " + shell_quoted(o.candidate);
    if (o.seed) line += " --seed " + std::to_string(*o.seed);
    if (o.cases.require) line += " --require " + std::string(name_of(*o.cases.require));
    if (o.cases.convention) line += " --convention " + std::string(o.cases.convention->name);
    for (const auto& [tensor, ulp] : o.allow) line += " --allow " + tensor + ":ulp=" + Json(ulp).dump();
    if (o.command != "gradcheck")
        for (const std::string& check : o.checks) line += " --checks " + check;
    if (o.cases.full) line += " --full";
    return line;
}

/// In UTC, as ISO 8601 writes it.
std::string text_of(std::chrono::system_clock::time_point time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts));
}

Json environment(const std::string& said, std::chrono::system_clock::time_point started, double seconds) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    Json json{{"host", host},
              {"reference", oracle::mpfr_description()},
              {"compiler", __VERSION__},
              {"started", text_of(started)},
              {"seconds", seconds}};
    if (!said.empty()) json["candidate_stderr"] = Json::parse(Json(said).dump(-1, ' ', false, Json::error_handler_t::replace));
    return json;
}

Json describe(const candidate::Hello& hello, const std::string& spec) {
    return {{"spec", spec},
            {"name", hello.name},
            {"convention", hello.convention ? Json(*hello.convention) : Json(nullptr)},
            {"dtypes", hello.dtypes},
            {"layouts", hello.layouts},
            {"modes", hello.modes},
            {"passes", hello.passes}};
}

Json describe(const Options& o) {
    const Json shard = o.shard ? Json(std::to_string(o.shard->number) + "/" + std::to_string(o.shard->of)) : Json(nullptr);
    return {{"seed", o.seed ? Json(*o.seed) : Json(nullptr)},
            {"reference", o.reference},
            {"shard", shard},
            {"candidate", o.candidate},
            {"filter", o.filter},
            {"tags", o.tags},
            {"require", o.cases.require ? Json(name_of(*o.cases.require)) : Json(nullptr)},
            {"convention", o.cases.convention ? Json(o.cases.convention->name) : Json(nullptr)},
            {"allow", o.allow},
            {"strict", o.strict},
            {"full", o.cases.full},
            {"checks", o.checks},
            {"known_failures", o.known_failures ? Json(o.known_failures->file()) : Json(nullptr)},
            {"timeout", o.timeout}};
}

void apply(const Options& o, suite::Case& c) {
    if (o.seed) c.seed = *o.seed;
    for (const auto& [tensor, ulp] : o.allow) c.allow[tensor] = ulp;
    if (o.checks.empty()) return;
    c.checks.clear();
    for (suite::Check check :
         {suite::Check::forward, suite::Check::running, suite::Check::backward, suite::Check::gradient,
          suite::Check::double_backward, suite::Check::derivation, suite::Check::properties, suite::Check::determinism})
        if (std::find(o.checks.begin(), o.checks.end(), name_of(check)) != o.checks.end()) c.checks.insert(check);
    c.expect.clear();
}

}  // namespace

bool is_selected(const suite::Case& c, const Options& o) {
    if (!o.filter.empty() && !std::regex_search(c.id(), std::regex(o.filter))) return false;
    for (const std::string& tag : o.tags)
        if (std::find(c.tags.begin(), c.tags.end(), tag) == c.tags.end()) return false;
    return !o.shard || RandomStream(c.suite, c.name, "shard", 0).below(o.shard->of, 0) + 1 == o.shard->number;
}

Json run(std::vector<suite::Suite> suites, const Options& options, const Progress& progress) {
    const auto make = [&] { return candidate::make_candidate(options.candidate, options.timeout); };
    const std::unique_ptr<candidate::Candidate> first = make();
    return run(std::move(suites), *first, options, progress, make);
}

Json run(std::vector<suite::Suite> suites, candidate::Candidate& candidate, const Options& options, const Progress& progress,
         const MakeCandidate& make) {
    const auto started = std::chrono::system_clock::now();
    const auto start = std::chrono::steady_clock::now();
    std::vector<CaseTask> tasks;
    for (suite::Suite& suite : suites) {
        std::erase_if(suite.cases, [&](const suite::Case& c) { return !is_selected(c, options); });
        for (suite::Case& c : suite.cases) {
            apply(options, c);
            tasks.push_back({&c, repro(suite, c, options)});
        }
    }
    const Json described_candidate = describe(candidate.hello(), options.candidate);
    Json cases = Json::array(), case_times = Json::object(), times = Json::object();
    std::size_t done = 0;
    std::optional<KnownFailures> known = options.known_failures;
    const auto finished = [&](const CaseTask& task, report::CaseReport report) {
        report.repro = task.repro;
        if (known) known->apply(report, options.checks.empty());
        cases.push_back(to_json(report, task.c->dtype));
        progress(cases.back(), report.seconds, ++done, tasks.size());
        case_times[report.id] = std::round(report.total_seconds * 1e6) / 1e6;
        if (!report.seconds.empty()) times[report.id] = report.seconds;
        return report.verdict;
    };
    const std::string said = run_cases(tasks, candidate, options, make, finished);
    Json described = Json::array();
    for (const suite::Suite& suite : suites) {
        Json entry{{"name", suite.name}, {"file", suite.argument}, {"cases", suite.cases.size()}};
        if (!suite.note.empty()) entry["note"] = suite.note;
        Json of_suite = Json::array();
        for (const Json& c : cases)
            if (c["suite"] == suite.name) of_suite.push_back(c);
        if (!of_suite.empty()) entry["not_tested"] = report::not_tested(of_suite, described_candidate);
        described.push_back(entry);
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    Json json{{"$schema", "urn:bncheck:report:1"}, {"bncheck", {{"version", version}, {"report", 1}}}};
    json["environment"] = environment(said, started, seconds);
    json["environment"]["seconds_by_case"] = std::move(case_times);
    if (!times.empty()) json["environment"]["seconds_by_method"] = times;
    json["candidate"] = described_candidate;
    json["options"] = describe(options);
    json["suites"] = described;
    json["summary"] = report::summarize(cases, options.strict);
    if (known) {
        const bool complete = options.checks.empty() && cases.size() == tasks.size();
        json["known_failures"] = {{"file", known->file()},
                                  {"entries", known->size()},
                                  {"elsewhere", known->elsewhere()},
                                  {"unmatched", known->unmatched(complete)}};
        if (report::exit_code(json, options.strict) == 1 && json["summary"]["verdict"] == "pass")
            json["summary"]["verdict"] = "xpass";
    }
    json["summary"]["not_tested"] = report::not_tested(cases, described_candidate);
    json["cases"] = std::move(cases);
    return json;
}

}  // namespace bncheck::run
