#include <oneapi/tbb/global_control.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/interruption.hpp"
#include "bncheck/report/gradient_text.hpp"
#include "bncheck/report/text.hpp"
#include "bncheck/run/journal.hpp"
#include "case_selection.hpp"
#include "commands.hpp"
#include "progress.hpp"
#include "terminal.hpp"

namespace bncheck::tool {
namespace {

/// The name of the journal, where one is kept: where the report goes to a file there is a place for it.
std::string journal_of(const RunArguments& arguments) {
    if (!arguments.journal.empty()) return arguments.journal;
    const std::string json = arguments.places.json.empty() ? "-" : place_of(arguments.places.json);
    std::error_code none;
    if (json != "-" && (!std::filesystem::exists(json, none) || std::filesystem::is_regular_file(json, none)))
        return json + ".journal";
    if (arguments.options.resume)
        throw Error(Fault::usage, "format", "--resume", "needs to know where the run was broken off",
                    "give --json FILE, whose journal is FILE.journal, or --journal FILE");
    return "";
}

}  // namespace

std::vector<suite::Suite> suites_of(const RunArguments& arguments) {
    if (!arguments.flags.empty() && !arguments.suites.empty())
        throw Error(Fault::usage, "format", "command line", "names a suite and describes a case by flags",
                    "give one of the two");
    if (!arguments.flags.empty()) return {suite::suite_from_flags(arguments.flags)};
    return suites_and_cases(arguments.suites.empty() ? std::vector<std::string>{"smoke"} : arguments.suites);
}

int run_command(const RunArguments& arguments) {
    if (arguments.dump_case) {
        suites_of(arguments);  // refuses what is wrong
        std::cout << suite::case_file_from_flags(arguments.flags);
        return 0;
    }
    return run_suites(suites_of(arguments), arguments,
                      [&] { return candidate::make_candidate(arguments.options.candidate, arguments.options.timeout); });
}

int run_suites(std::vector<suite::Suite> suites, const RunArguments& arguments, const run::MakeCandidate& make_candidate) {
    run::Options options = arguments.options;
    if (!arguments.known_failures.empty())
        options.known_failures =
            run::KnownFailures::read(arguments.known_failures, suite::read_text(arguments.known_failures), suites);
    options.journal = journal_of(arguments);
    options.journal_is_due = options.resume || !arguments.journal.empty();
    ask_for_interruption();
    std::optional<oneapi::tbb::global_control> threads;
    if (arguments.jobs) threads.emplace(oneapi::tbb::global_control::max_allowed_parallelism, arguments.jobs);
    ReportPlaces places = arguments.places;
    places.journal = options.journal;
    ReportFiles files(places);
    const std::size_t left = run::entries_in_journal(options.journal).value_or(0);
    if (left > 0 && !options.resume)
        std::cerr << "bncheck: " << options.journal << ": begins anew; " << left
                  << " finished cases of a run that was broken off are discarded, with which --resume would have gone on\n";
    const bool text_wanted = !files.hold_stdout();
    const report::TextStyle style{wants_color(arguments.color), arguments.quiet, arguments.verbose, columns_of(STDOUT_FILENO)};
    Progress line(!arguments.quiet || !text_wanted);
    const auto progress = [&](const report::Json& finished, const std::map<std::string, double>& seconds, std::size_t done,
                              std::size_t due) {
        line.clear();
        if (text_wanted && arguments.options.command == "gradcheck")
            std::cout << report::gradient_text(finished, seconds, style) << std::flush;
        else if (text_wanted)
            std::cout << case_text(finished, style) << std::flush;
        if (options.resume && done <= left)
            line.begin_at(done);
        else
            line.show(done, due, finished["id"]);
    };
    const std::unique_ptr<candidate::Candidate> first = make_candidate();
    const report::Json report = run::run(std::move(suites), *first, options, progress, make_candidate);
    // Of a shard, the others may have what this one lacks: `merge` tells.
    const bool is_part = report.contains("shard") && report["shard"]["selected"] > 0;
    if (report["cases"].empty() && !is_part && !interruption()) {
        std::cerr << "bncheck: no case was selected; 'bncheck list' shows them\n";
        return 4;
    }
    if (text_wanted) std::cout << summary_text(report, style) << report::decided_text(report);
    const auto remove_journal = [&] {
        if (!report::is_partial(report) && run::entries_in_journal(options.journal)) std::filesystem::remove(options.journal);
    };
    try {
        files.write(report);
    } catch (const Error& e) {
        if (e.place() == "stdout") remove_journal();  // the files have been written
        throw;
    }
    remove_journal();
    if (report::is_partial(report))
        std::cerr << "bncheck: interrupted after " << report["cases"].size() << " cases"
                  << (options.journal.empty() || !std::filesystem::exists(options.journal)
                          ? ""
                          : "; the same command with --resume goes on from there")
                  << "\n";
    return report::exit_code(report, arguments.options.strict);
}

int gradcheck_command(RunArguments arguments) {
    arguments.options.command = "gradcheck";
    if (arguments.options.checks.empty()) arguments.options.checks = {"gradient", "double-backward"};
    return run_command(arguments);
}

}  // namespace bncheck::tool
