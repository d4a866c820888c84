#pragma once

#include "bncheck/report/text.hpp"

namespace bncheck::report {

/// A case as `gradcheck` shows it: a table of its methods, a tensor a line: the worst entry with its index, analytic and
/// numeric value, error, estimated error of the numeric value, how much of the allowed error that is, evaluations and time.
/// Below it what failed or could not be decided, and the Taylor test's curve where `style.verbose`. From the case's JSON;
/// `seconds` by method.
std::string gradient_text(const Json& c, const std::map<std::string, double>& seconds, const TextStyle& style);

/// How many entries the gradient checks of a report decided: "12345 of 12350 entries decided (99.96 %)", or "" where there is
/// no such check.
std::string decided_text(const Json& report);

}  // namespace bncheck::report
