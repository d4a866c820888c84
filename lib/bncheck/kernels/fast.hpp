#pragma once

#include <vector>

#include "bncheck/bn/definition.hpp"

namespace bncheck::kernels {

/// Sum in eight interleaved lanes, which compilers vectorise, in blocks of 1024 that are then added up: the height is
/// 1024 / 8 + 3 + m / 1024.
double sum(const std::vector<double>& terms);
double sum_of_products(const std::vector<double>& a, const std::vector<double>& b);

/// Two passes with those sums; the mean is corrected once by the mean of the deviations from it.
bn::Moments<double> moments(const std::vector<double>& x);

}  // namespace bncheck::kernels
