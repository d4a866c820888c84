#pragma once

#include "bncheck/properties/finding.hpp"

namespace bncheck::properties {

/// "sum-dx-zero" and "sum-dx-xhat", in training: sum dx = 0 and sum dx xhat = gamma eps r^3 dgamma. The second is blind to eps
/// where eps is far below the variance. `outputs` are those of `instance`.
std::vector<Finding> gradient_sums(const Subject& subject, const Instance& instance, const suite::Tensors& outputs);

}  // namespace bncheck::properties
