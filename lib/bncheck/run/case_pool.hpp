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

/// Takes a report that is due, and says whether the run goes on.
using Finished = std::function<bool(const CaseTask&, report::CaseReport)>;

/// Puts every case to a candidate, `options.processes` at a time where more of it can be made, each to one of its own, and
/// hands on the reports in the order of the tasks, one call at a time: the same ones for any number of processes. Cases wait
/// until those in work leave them memory. None is begun, and none that waits for a program is finished, once an end is asked
/// for. What the candidates wrote on stderr is returned. Throws Error{candidate} where one of them says another hello than the
/// first.
std::string run_cases(const std::vector<CaseTask>& tasks, candidate::Candidate& first, const Options& options,
                      const MakeCandidate& make, const Finished& finished);

}  // namespace bncheck::run
