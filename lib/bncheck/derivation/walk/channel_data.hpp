#pragma once

#include <optional>
#include <vector>

#include "bncheck/bn/definition.hpp"

namespace bncheck::derivation {

/// One channel as a case stores it: what the derivation is evaluated at.
struct ChannelData {
    std::vector<double> x, dy;                      ///< of equal size m
    double gamma = 1, beta = 0;                     ///< as they are without affine parameters
    double eps = 0;                                 ///< as given: a narrower working precision rounds it
    std::optional<bn::Moments<double>> given = {};  ///< mu and v of inference; none: training
};

}  // namespace bncheck::derivation
