#pragma once

#include <vector>

#include "bncheck/oracle/reference.hpp"

namespace bncheck::gradient {

/// Derivatives of L = sum dy_i y_i for one channel by central differences of the definition's forward in 256-bit
/// arithmetic; the radius of each is its estimated error.
struct NumericGradients {
    std::vector<oracle::Enclosure> dx;
    oracle::Enclosure dgamma, dbeta;
};

/// Every coordinate. Channels do not depend on each other, so that the i-th value of every channel may be perturbed in one
/// evaluation of a whole tensor; channel by channel this is the same 4 m evaluations.
NumericGradients finite_differences(const oracle::Channel& channel);

/// Whether analytic and numeric derivative agree within the sum of their radii. No factor is needed: the numeric radius holds
/// the whole h^2 term of the error and a bound of the rounding, and the h^4 term left out is smaller by h^2 = 2^-170.
bool agree(const oracle::Enclosure& analytic, const oracle::Enclosure& numeric);

}  // namespace bncheck::gradient
