#include "bncheck/run/runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/shell_words.hpp"
#include "bncheck/oracle/reference.hpp"
#include "bncheck/report/assemble.hpp"
#include "bncheck/run/case_pool.hpp"
#include "bncheck/run/selection.hpp"
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

Json environment(const std::string& said, double seconds) {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    Json json{{"host", host}, {"reference", oracle::mpfr_description()}, {"compiler", __VERSION__}, {"seconds", seconds}};
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

Json run(std::vector<suite::Suite> suites, const Options& options, const Progress& progress) {
    const auto make = [&] { return candidate::make_candidate(options.candidate, options.timeout); };
    const std::unique_ptr<candidate::Candidate> first = make();
    return run(std::move(suites), *first, options, progress, make);
}

Json run(std::vector<suite::Suite> suites, candidate::Candidate& candidate, const Options& options, const Progress& progress,
         const MakeCandidate& make) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<CaseTask> tasks;
    const Selection selection = select(suites, options);
    for (suite::Suite& suite : suites) {
        for (suite::Case& c : suite.cases) {
            apply(options, c);
            tasks.push_back({&c, repro(suite, c, options)});
        }
    }
    const Json described_candidate = describe(candidate.hello(), options.candidate);
    Json cases = Json::array(), times = Json::object();
    std::size_t done = 0;
    std::optional<KnownFailures> known = options.known_failures;
    const auto finished = [&](const CaseTask& task, report::CaseReport report) {
        report.repro = task.repro;
        if (known) known->apply(report, options.checks.empty(), selection.positions[done]);
        cases.push_back(to_json(report, task.c->dtype));
        progress(cases.back(), report.seconds, ++done, tasks.size());
        if (!report.seconds.empty()) times[report.id] = report.seconds;
        return report.verdict;
    };
    const std::string said = run_cases(tasks, candidate, options, make, finished);
    Json described = Json::array();
    for (const suite::Suite& suite : suites) {
        described.push_back({{"name", suite.name}, {"file", suite.argument}, {"cases", suite.cases.size()}});
        if (!suite.note.empty()) described.back()["note"] = suite.note;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    report::Parts parts;
    parts.bncheck = {{"version", version}, {"report", 1}};
    parts.environment = environment(said, seconds);
    if (!times.empty()) parts.environment["seconds_by_method"] = times;
    parts.candidate = described_candidate;
    parts.options = describe(options);
    parts.suites = std::move(described);
    parts.cases = std::move(cases);
    if (known) {
        parts.known_failures = known->tallies();
        parts.known_failures_file = known->file();
    }
    if (options.shard) {
        Json digests = Json::object();
        for (const suite::Suite& suite : suites) digests[suite.name] = suite.digest;
        parts.shard = {{"command", options.command},
                       {"fail_fast", options.fail_fast},
                       {"selected", selection.all},
                       {"positions", selection.positions},
                       {"digests", digests}};
    }
    return report::assemble(std::move(parts), tasks.size());
}

}  // namespace bncheck::run
