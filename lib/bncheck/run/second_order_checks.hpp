#pragma once

#include <map>

#include "bncheck/report/model.hpp"
#include "bncheck/run/judge_case.hpp"
#include "bncheck/run/run_case.hpp"

namespace bncheck::run {

/// What the check `double-backward` asks beside the products that are held against the oracle (method vjp), a report a method
/// and tensor:
///
///     rows         with --full: the candidate's double backward for every unit vector ddx = e_j, every entry of the Jacobian
///     differences  of its own backward along x (gx, ggamma) and along dy (gdy), beside the second derivatives
///     definition   the definition's second derivatives by closed form, dual numbers and differences, in reference arithmetic
///
/// `own` holds the findings on the case's own dy and ddx, `saved` the statistics that the forward saved. A method in which the
/// candidate skips or fails has a report of that; what was found before it stands.
std::vector<report::CheckReport> second_order_checks(candidate::Candidate& candidate, const Question& question,
                                                     const Judgement& own, const suite::Tensors& saved,
                                                     const CaseOptions& options, std::map<std::string, double>& seconds);

}  // namespace bncheck::run
