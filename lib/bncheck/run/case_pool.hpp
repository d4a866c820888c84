#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bncheck/run/runner.hpp"

namespace bncheck::run {

struct CaseTask {
    const suite::Case* c;
    std::string repro;
};

/// Takes a report that is due, and says what becomes of its case.
using Finished = std::function<judge::Verdict(const CaseTask&, report::CaseReport)>;

/// Puts every case to a candidate, `options.processes` at a time where more of it can be made, each to one of its own, and
/// hands on the reports in the order of the tasks, one call at a time: the same ones for any number of processes. Cases wait
/// until those in work leave them memory. With `options.fail_fast` the first whose verdict is then fail, error or xpass is the
/// last. What the candidates wrote on stderr is returned. Throws Error{candidate} where one of them says another hello than the
/// first.
std::string run_cases(const std::vector<CaseTask>& tasks, candidate::Candidate& first, const Options& options,
                      const MakeCandidate& make, const Finished& finished);

}  // namespace bncheck::run
