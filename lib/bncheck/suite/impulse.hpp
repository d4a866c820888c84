#pragma once

#include <vector>

#include "bncheck/core/random.hpp"
#include "bncheck/suite/case.hpp"

namespace bncheck::suite {

/// Impulses of design section 4: `count` positive values 8, 8.5, ..., 15.5 times the scale in a channel of zeros, one in
/// each of as many strata of the m indices, at structural places that rotate over the channels.
struct ImpulsePlace {
    std::size_t index;  ///< in 0..m-1
    double magnitude;
};
std::vector<ImpulsePlace> impulse_places(const Impulse& impulse, const Shape& shape, std::size_t channel,
                                         const RandomStream& stream);

/// Biased variance of the values of one channel, the same for all.
double impulse_variance(const Impulse& impulse, std::size_t m);

}  // namespace bncheck::suite
