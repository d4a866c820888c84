#pragma once

#include "bncheck/report/model.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// The check `derivation`: staged against closed-form backward at the case's data in reference precision, which decides the
/// verdict, and how accurate each arrangement of the backward is in working precision, for information: the largest error of
/// any channel. Skipped where no channel has a derivative.
report::CheckReport derivation_check(const Question& question);

}  // namespace bncheck::run
