#pragma once

#include <vector>

#include "bncheck/core/random.hpp"

namespace bncheck::suite {

/// The whole numbers a_i of a lattice channel (design section 4): sum a = 0 and mean a^2 = V, with V = 1 for even m and 2
/// for odd m >= 3, shuffled.
std::vector<int> lattice_values(std::size_t m, std::size_t channel, const RandomStream& stream);

/// w_i = +-1 in pairs within equal a, 0 for the one left over, so that sum w = 0 and sum w a = 0.
std::vector<int> lattice_pairs(const std::vector<int>& a, std::size_t channel, const RandomStream& stream);

/// c' of a channel: 1, -1, 3, -3, 5 in turn.
int lattice_offset(std::size_t channel);

}  // namespace bncheck::suite
