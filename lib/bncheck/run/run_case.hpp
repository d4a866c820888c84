#pragma once

#include <optional>
#include <string>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/oracle/level.hpp"
#include "bncheck/report/model.hpp"

namespace bncheck::run {

/// What of a command line changes a case's verdict.
struct CaseOptions {
    const bn::Convention* convention = nullptr;                ///< overrides the candidate's and the case's
    std::optional<AccuracyClass> require;                      ///< overrides the case's
    oracle::LevelName reference = oracle::LevelName::float64;  ///< the lowest level that the oracle may use
    bool full = false;                                         ///< gradient checks of every entry of the Jacobian
};

/// Puts one case to the candidate and judges what comes back. The report has no repro line yet.
report::CaseReport run_case(const suite::Case& c, candidate::Candidate& candidate, const CaseOptions& options);

/// The report of a case that bncheck itself could not finish: an error.
report::CaseReport unfinished(const suite::Case& c, const std::string& reason);

}  // namespace bncheck::run
