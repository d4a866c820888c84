#pragma once

#include "bncheck/properties/finding.hpp"

namespace bncheck::properties {

/// "scale": 2^k x and 4^k eps give the same y, dgamma and dbeta, save_mean and running_mean times 2^k, variances times 4^k,
/// save_invstd and dx times 2^-k, bit for bit: scaling by a power of two changes no rounding. This is what lets a network take
/// large learning rates (Ioffe and Szegedy 2015, section 3.3): weights that are a times as large leave the output of the layer
/// as it is and make its gradient a times as small. eps enters with its square, so that what clamps it, or adds a constant of
/// its own, fails.
///
/// `outputs` are those of `instance`. Skipped where a second run gives other bits, or no 2^k keeps every intermediate result
/// clear of over- and underflow.
std::vector<Finding> scale_invariance(const Subject& subject, const Instance& instance, const suite::Tensors& outputs);

}  // namespace bncheck::properties
