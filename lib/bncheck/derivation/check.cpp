#include "bncheck/derivation/check.hpp"

#include "bncheck/bn/real.hpp"
#include "bncheck/derivation/points.hpp"

namespace bncheck::derivation {

static_assert(std::numeric_limits<bn::Real256>::digits >= 256);

Checks check_derivation() {
    const std::vector<Point<Bounded<bn::Real256>>> at = points<Bounded<bn::Real256>>();
    return {check_steps<bn::Real256>(at), at.size(), std::numeric_limits<bn::Real256>::digits};
}

}  // namespace bncheck::derivation
