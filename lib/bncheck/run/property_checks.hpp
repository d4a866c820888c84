#pragma once

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/report/model.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// The checks `properties` and `determinism` where the case has them, on its first step. The candidate is asked anew.
std::vector<report::CheckReport> property_checks(candidate::Candidate& candidate, const Question& question);

}  // namespace bncheck::run
