#pragma once

#include <map>

#include "bncheck/report/model.hpp"
#include "bncheck/run/judge_case.hpp"
#include "bncheck/run/run_case.hpp"

namespace bncheck::run {

/// The check `gradient`, a report a method and tensor:
///
///     vjp          the candidate's backward for several dy beside the oracle's, under the derived bounds
///     rows         with --full: its backward for every unit vector dy = e_j, every entry of the Jacobian
///     differences  differences of its own forward, column by column (with --full all of them), beside the Jacobian
///     directions   the same along directions of random signs
///     taylor       its own dx beside its own y: the remainder of first order
///     definition   the definition's own derivatives by closed form, dual numbers and differences, in reference arithmetic
///     independence whether a channel's outputs depend on that channel alone; where not, channels are asked for one by one
///
/// `own` holds the findings on the case's own dy, `saved` the statistics that the forward saved. `seconds` gets the time of
/// each method. A method in which the candidate skips or fails has a report of that; what was found before it stands.
std::vector<report::CheckReport> gradient_checks(candidate::Candidate& candidate, const Question& question,
                                                 const Judgement& own, const suite::Tensors& saved, const CaseOptions& options,
                                                 std::map<std::string, double>& seconds);

/// The report of a method in which the candidate skipped or failed.
report::CheckReport unanswered(const std::string& check, const std::string& tensor, const std::string& method,
                               const candidate::Response& response);

}  // namespace bncheck::run
