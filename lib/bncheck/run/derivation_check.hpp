#pragma once

#include "bncheck/report/model.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// The check `derivation`: staged against closed-form backward at the case's data, in reference and in working precision.
report::CheckReport derivation_check(const Question& question);

}  // namespace bncheck::run
