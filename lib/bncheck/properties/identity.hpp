#pragma once

#include "bncheck/properties/finding.hpp"

namespace bncheck::properties {

// Identities of batch normalization that hold of its true values, so that they hold of a candidate's outputs within what
// their accuracy class lets those err by: no output's own truth is needed. E below is the bound of design section 4 of the
// class; each tolerance is derived at its function in the source.

/// "permutation": permuted values give permuted y and dx, and the same per-channel outputs.
std::vector<Finding> permutation_invariance(const Subject& subject, const Instance& instance, const suite::Tensors& outputs);

/// "shift": x + c gives y, dx, dgamma, dbeta and the variance of x.
std::vector<Finding> shift_invariance(const Subject& subject, const Instance& instance);

/// "restores-x": gamma = sqrt(q), beta = mu gives y = x.
std::vector<Finding> restoring_x(const Subject& subject, const Instance& instance);

}  // namespace bncheck::properties
