#pragma once

#include "bncheck/candidate/stack.hpp"
#include "bncheck/gradient/unit_rows.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// The candidate's backward for every unit vector dy = e_j of every channel, m C of them, beside the exact Jacobian.
/// `parameters`: dgamma and dbeta are judged too.
gradient::UnitRows::Findings jacobian_rows(const Question& question, const candidate::Stack& stack, bool parameters);

}  // namespace bncheck::run
