#pragma once

#include "bncheck/properties/determinism.hpp"
#include "bncheck/properties/gradient_sums.hpp"
#include "bncheck/properties/identity.hpp"
#include "bncheck/properties/scale.hpp"

namespace bncheck::properties {

/// All identities that apply to an instance: gradient_sums, permutation_invariance, shift_invariance, restoring_x,
/// scale_invariance. Where the candidate does not answer one it is skipped or an error as the candidate says, and an error ends
/// the list.
std::vector<Finding> identities(const Subject& subject, const Instance& instance);

/// determinism(), with the same treatment of a candidate that does not answer.
std::vector<Finding> repeatability(const Subject& subject, const Instance& instance);

}  // namespace bncheck::properties
