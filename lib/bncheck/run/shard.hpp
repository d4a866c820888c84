#pragma once

#include <cstddef>
#include <vector>

#include "bncheck/suite/case.hpp"

namespace bncheck::run {

struct Shard {
    std::size_t number = 1, of = 1;  ///< number counts from 1
};

/// What a case costs, in elements of a tensor that is computed and judged once. A whole number.
double cost_of(const suite::Case& c);

/// No shard costs more than this times the mean, unless cases that are large beside the mean leave no other way: then at most
/// the mean and the largest of all.
inline constexpr double most_of_mean = 1.125;

/// The number of the shard, 1 to `shards`, of each of the cases, in their order. A case's id names the shard that it would
/// like, and the next ones should that be full; the costly ones choose first. So each case is in one shard, the same wherever
/// the cases and their number of shards are the same, the shards cost alike, and when cases come or go nearly all others stay
/// where they are.
std::vector<std::size_t> shards_of(const std::vector<const suite::Case*>& cases, std::size_t shards);

}  // namespace bncheck::run
