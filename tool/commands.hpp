#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include "bncheck/run/runner.hpp"
#include "bncheck/suite/flags.hpp"
#include "report_files.hpp"

namespace bncheck::tool {

/// What `run` was told on the command line.
struct RunArguments {
    std::vector<std::string> suites;  ///< files, folders, built-in names; none: smoke, or the case of the flags
    suite::Flags flags;               ///< a case from flags
    bool dump_case = false;
    run::Options options;
    ReportPlaces places;
    std::string journal;         ///< "": beside the JSON report
    std::string known_failures;  ///< a file; "": none
    bool quiet = false, verbose = false;
    std::string color = "auto";
    std::size_t jobs = 0;  ///< threads; 0: all
};

struct BenchArguments {
    std::string what = "verify";  ///< verify, scaling, gradcheck
    std::size_t rounds = 5, batch = 32, jobs = 0;
    double most_elements = 1e8;  ///< of scaling
};

// One subcommand a source. Each returns the exit code of design section 8 and throws Error.
int run_command(const RunArguments& arguments);
/// Runs suites as `run` does, on a candidate that is made once the places to write to are known to be good.
int run_suites(std::vector<suite::Suite> suites, const RunArguments& arguments, const run::MakeCandidate& make_candidate);
int gradcheck_command(RunArguments arguments);
int list_command(const RunArguments& arguments);
int describe_command(const RunArguments& arguments);
int schema_command(const std::string& which);
int bench_command(const BenchArguments& arguments);

/// The suites that the arguments name.
std::vector<suite::Suite> suites_of(const RunArguments& arguments);

}  // namespace bncheck::tool
