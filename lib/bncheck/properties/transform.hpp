#pragma once

#include <string>
#include <vector>

#include "bncheck/properties/instance.hpp"

namespace bncheck::properties {

/// Where the values of a channel go: value i of the permuted channel is value order[i] of the first. One cycle through all of
/// them (S. Sattolo, "An algorithm to generate a random cyclic permutation", Information Processing Letters 22 (1986)), so
/// that none stays in its place.
std::vector<std::size_t> permutation(const suite::Case& c, std::size_t channel);

/// x and dy with the values of each channel in the order of permutation().
Instance permuted(const Instance& instance);

/// A case and the same with x + c for x, c by channel, in inference with running_mean + c too; every x + c is exact. For that,
/// x of `from` is rounded to multiples of the last bit that the largest of |x| + |c| has; where that changes nothing, as on a
/// lattice, it is the case's own x.
struct Shift {
    Instance from, to;
    std::vector<double> by;              ///< c
    std::vector<std::string> obstacles;  ///< by channel: why there is no such c, or ""
};
Shift shifted(const Instance& instance);

/// The case of 2^k x, 4^k eps, 2^k running_mean and 4^k running_var. `obstacle` says what is not exact.
struct Scaled {
    Instance instance;
    std::string obstacle;
};
Scaled scaled(const Instance& instance, const bn::Convention& convention, int k);

}  // namespace bncheck::properties
