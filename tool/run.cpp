#include <oneapi/tbb/global_control.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/report/gradient_text.hpp"
#include "bncheck/report/text.hpp"
#include "case_selection.hpp"
#include "commands.hpp"
#include "whole_file.hpp"

namespace bncheck::tool {
namespace {

bool wants_color(const std::string& color) {
    if (color != "auto") return color == "always";
    const char* no_color = std::getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (!no_color || !*no_color);
}

/// One line on a terminal's stderr, overwritten as cases finish.
void show_progress(std::size_t done, std::size_t due, const std::string& id) {
    if (!isatty(STDERR_FILENO)) return;
    std::cerr << "\r\x1b[K";
    if (done < due) std::cerr << done << "/" << due << " " << id << std::flush;
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
    std::optional<oneapi::tbb::global_control> threads;
    if (arguments.jobs) threads.emplace(oneapi::tbb::global_control::max_allowed_parallelism, arguments.jobs);
    std::optional<WholeFile> json_file;
    if (!arguments.json.empty() && arguments.json != "-") json_file.emplace(arguments.json);
    const bool text_wanted = arguments.json != "-";
    const report::TextStyle style{wants_color(arguments.color), arguments.quiet, arguments.verbose};
    const auto progress = [&](const report::Json& finished, const std::map<std::string, double>& seconds, std::size_t done,
                              std::size_t due) {
        show_progress(0, 0, "");
        if (text_wanted && arguments.options.command == "gradcheck")
            std::cout << report::gradient_text(finished, seconds, style) << std::flush;
        else if (text_wanted)
            std::cout << case_text(finished, style) << std::flush;
        show_progress(done, due, finished["id"]);
    };
    const std::unique_ptr<candidate::Candidate> first = make_candidate();
    const report::Json report = run::run(std::move(suites), *first, options, progress, make_candidate);
    // Of a shard, the others may have what this one lacks: `merge` tells.
    const bool is_part = report.contains("shard") && report["shard"]["selected"] > 0;
    if (report["cases"].empty() && !is_part) {
        std::cerr << "bncheck: no case was selected; 'bncheck list' shows them\n";
        return 4;
    }
    const std::string dumped = report.dump(1, ' ', false, report::Json::error_handler_t::replace) + "\n";
    if (!text_wanted)
        std::cout << dumped;
    else
        std::cout << summary_text(report, style) << report::decided_text(report);
    std::cout.flush();
    if (!std::cout)
        throw Error(Fault::usage, "io", "stdout", "cannot be written", "write the report to a file with --json FILE");
    if (json_file) json_file->finish(dumped);
    const int code = report::exit_code(report, arguments.options.strict);
    return is_part && code == 4 ? 0 : code;
}

int gradcheck_command(RunArguments arguments) {
    arguments.options.command = "gradcheck";
    if (arguments.options.checks.empty()) arguments.options.checks = {"gradient", "double-backward"};
    return run_command(arguments);
}

}  // namespace bncheck::tool
