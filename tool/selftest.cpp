#include "selftest.hpp"

#include <oneapi/tbb/global_control.h>
#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>

#include "bncheck/core/error.hpp"
#include "bncheck/diagnose/kill_text.hpp"
#include "whole_file.hpp"

namespace bncheck::tool {
namespace {

std::regex name_pattern(const std::string& filter) {
    try {
        return std::regex(filter);
    } catch (const std::regex_error& e) {
        throw Error(Fault::usage, "format", "--filter", std::string("is no regular expression: ") + e.what(),
                    "escape . + ( ) and the like with a backslash");
    }
}

}  // namespace

int selftest_command(const SelftestArguments& arguments) {
    const std::regex pattern = name_pattern(arguments.filter);
    const auto chosen = [&](const std::string& name) { return std::regex_search(name, pattern); };
    if (arguments.list) {
        const std::string catalogue = diagnose::catalogue_text(chosen);
        std::cout << catalogue;
        return catalogue.empty() ? 4 : 0;
    }
    const std::vector<suite::Suite> suites =
        suite::load_suites(arguments.suites.empty() ? std::vector<std::string>{"all"} : arguments.suites);
    std::optional<oneapi::tbb::global_control> threads;
    if (arguments.jobs) threads.emplace(oneapi::tbb::global_control::max_allowed_parallelism, arguments.jobs);
    std::optional<WholeFile> json_file;
    if (!arguments.json.empty() && arguments.json != "-") json_file.emplace(arguments.json);
    const auto show_progress = [](const std::string& id, std::size_t done, std::size_t due) {
        if (!isatty(STDERR_FILENO)) return;
        std::cerr << "\r\x1b[K";
        if (done < due) std::cerr << done << "/" << due << " " << id << std::flush;
    };
    const diagnose::KillMatrix matrix = diagnose::kill_matrix(suites, chosen, show_progress);
    if (matrix.bugs.empty() && matrix.algorithms.size() == 1) {  // the control alone
        std::cerr << "bncheck: no bug was selected; 'bncheck selftest --list' shows them\n";
        return 4;
    }
    const std::string json = diagnose::kill_json(matrix).dump(1) + "\n";
    std::cout << (arguments.json == "-" ? json : diagnose::kill_text(matrix)) << std::flush;
    if (!std::cout)
        throw Error(Fault::usage, "io", "stdout", "cannot be written", "write the matrix to a file with --json FILE");
    if (json_file) json_file->finish(json);
    return matrix.holds() ? 0 : 1;
}

}  // namespace bncheck::tool
