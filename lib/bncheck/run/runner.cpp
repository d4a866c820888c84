#include "bncheck/run/runner.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/interruption.hpp"
#include "bncheck/core/shell_words.hpp"
#include "bncheck/oracle/reference.hpp"
#include "bncheck/report/assemble.hpp"
#include "bncheck/report/text.hpp"
#include "bncheck/run/case_pool.hpp"
#include "bncheck/run/journal.hpp"
#include "bncheck/run/results.hpp"
#include "bncheck/run/selection.hpp"
#include "bncheck/run/version.hpp"
#include "bncheck/suite/data_files.hpp"

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

Json described(const std::vector<suite::Suite>& suites) {
    Json list = Json::array();
    for (const suite::Suite& suite : suites) {
        list.push_back({{"name", suite.name}, {"file", suite.argument}, {"cases", suite.cases.size()}});
        if (!suite.note.empty()) list.back()["note"] = suite.note;
    }
    return list;
}

Json digests_of(const std::vector<suite::Suite>& suites) {
    Json digests = Json::object();
    for (const suite::Suite& suite : suites) digests[suite.name] = suite.digest;
    return digests;
}

/// None where nobody has asked for it and it cannot be written.
std::unique_ptr<Journal> opened_journal(const Options& options, const Json& run) {
    try {
        return std::make_unique<Journal>(options.journal, run, options.resume);
    } catch (const Error& e) {
        if (options.journal_is_due || e.code() != "unwritable") throw;
        return nullptr;
    }
}

/// A journal that nobody has asked for is not to stop a run where there is no room for it: the report takes less.
void keep(std::unique_ptr<Journal>& journal, const Json& entry, const Options& options) {
    try {
        if (journal) journal->add(entry);
    } catch (const Error&) {
        if (options.journal_is_due) throw;
        journal.reset();
        std::filesystem::remove(options.journal);
    }
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
    const auto started = std::chrono::system_clock::now();
    const auto start = std::chrono::steady_clock::now();
    std::vector<CaseTask> tasks;
    const Selection selection = select(suites, options);
    for (suite::Suite& suite : suites)
        for (suite::Case& c : suite.cases) {
            apply(options, c);
            tasks.push_back({&c, repro(suite, c, options)});
        }
    report::Parts parts;
    parts.bncheck = {{"version", version}, {"report", 1}};
    parts.candidate = describe(candidate.hello(), options.candidate);
    parts.options = describe(options);
    parts.suites = described(suites);
    Json whole_run = {{"command", options.command},
                      {"fail_fast", options.fail_fast},
                      {"selected", selection.all},
                      {"positions", selection.positions},
                      {"digests", digests_of(suites)}};
    // No suite has a blank in its name.
    if (options.known_failures) whole_run["digests"]["known failures"] = options.known_failures->digest();
    // What is joined with other reports, or gone on with, must be of the same data.
    if (options.shard || !options.journal.empty())
        for (const auto& [file, digest] : suite::digests_of_data_files(suites)) whole_run["data"][file] = digest;
    if (options.shard) parts.shard = whole_run;

    Results results(options.known_failures, selection.positions, options.checks.empty());
    std::unique_ptr<Journal> journal;
    const auto told = [&](const std::map<std::string, double>& seconds) {
        progress(results.last(), seconds, results.size(), tasks.size());
        return options.fail_fast && report::is_bad(results.last()["verdict"]);
    };
    bool ended = false;
    if (!options.journal.empty()) {
        Json all{{"bncheck", parts.bncheck}, {"candidate", parts.candidate}, {"options", parts.options}};
        all["suites"] = parts.suites;
        all.update(whole_run);
        journal = opened_journal(options, all);
        std::size_t line = 1;
        for (const Json& entry : journal ? journal->entries() : std::vector<Json>()) {
            ++line;
            if (ended || results.size() == tasks.size() || !results.restore(entry, tasks[results.size()].c->id()))
                throw Error(Fault::usage, "format", options.journal + ", line " + std::to_string(line),
                            "is not what this run has written there", "delete the journal, and begin anew");
            ended = told(entry.value("methods", std::map<std::string, double>()));
        }
    }
    const auto finished = [&](const CaseTask& task, report::CaseReport report) {
        report.repro = task.repro;
        const std::map<std::string, double> seconds = report.seconds;
        const Json entry = results.add(std::move(report), task.c->dtype);
        keep(journal, entry, options);
        ended = told(seconds);
        return !ended;
    };
    const std::vector<CaseTask> left(tasks.begin() + static_cast<std::ptrdiff_t>(results.size()), tasks.end());
    const std::string said = ended ? "" : run_cases(left, candidate, options, make, finished);
    parts.partial = interruption() && !ended && results.size() < tasks.size();
    parts.environment =
        environment(said, started, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    results.move_into(parts);
    return report::assemble(std::move(parts), tasks.size());
}

}  // namespace bncheck::run
