#pragma once

#include <map>
#include <string>

#include "bncheck/core/tensor.hpp"
#include "bncheck/suite/case.hpp"

namespace bncheck::suite {

using Tensors = std::map<std::string, Tensor>;

/// The input tensors of a case: x, dy, gamma and beta (affine), running_mean and running_var (running). x is fresh in each
/// of a case's steps; the others are the same. Bits depend on suite, case, tensor, element and seed alone.
Tensors generate(const Case& c, std::size_t step = 0);

}  // namespace bncheck::suite
