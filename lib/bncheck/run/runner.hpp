#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bncheck/report/model.hpp"
#include "bncheck/run/known_failures.hpp"
#include "bncheck/run/run_case.hpp"
#include "bncheck/run/shard.hpp"
#include "bncheck/suite/suite.hpp"

namespace bncheck::run {

/// The main job's options; each is as design section 8 describes the flag of its name.
struct Options {
    std::string command = "run";  ///< the subcommand, for repro lines
    std::string candidate = "builtin:fast";
    std::string filter;
    std::vector<std::string> tags;
    std::vector<std::string> checks;      ///< replaces every case's checks where not empty
    std::map<std::string, double> allow;  ///< hand-set allowance in ulp by tensor, in place of the cases' own
    std::optional<Shard> shard;
    std::optional<std::uint64_t> seed;
    double timeout = 60;
    std::size_t processes = 1;  ///< of a candidate that is a program, to which as many cases are put at once
    bool fail_fast = false, strict = false;
    std::string reference = "auto";
    std::optional<KnownFailures> known_failures;
    std::string journal;          ///< a file for what is finished, for a run that is broken off; "": none
    bool journal_is_due = false;  ///< it was asked for: without it the run is none
    bool resume = false;          ///< go on with the journal, where there is one
    CaseOptions cases;
};

/// Called after every case, in their order, with its JSON, the seconds of its methods, and how many are done and due.
using Progress = std::function<void(const report::Json& finished, const std::map<std::string, double>& seconds,
                                    std::size_t done, std::size_t due)>;

/// Runs the selected cases of the suites in order and gives the report of design section 9; a partial one once an end is asked
/// for (core/interruption.hpp). Throws Error{candidate} where the candidate cannot be started at all, Error{usage} as Journal.
report::Json run(std::vector<suite::Suite> suites, const Options& options, const Progress& progress);

/// Makes one more of a candidate, for a case beside those that the others are at.
using MakeCandidate = std::function<std::unique_ptr<candidate::Candidate>()>;

/// The same for a candidate at hand, whatever `options.candidate` says; repro lines quote that. Without `make` there is no
/// other.
report::Json run(std::vector<suite::Suite> suites, candidate::Candidate& candidate, const Options& options,
                 const Progress& progress, const MakeCandidate& make = {});

}  // namespace bncheck::run
