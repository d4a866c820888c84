#pragma once

#include <vector>

#include "bncheck/run/runner.hpp"

namespace bncheck::run {

struct Selection {
    std::size_t all = 0;                 ///< cases that filter and tags choose, of every shard
    std::vector<std::size_t> positions;  ///< among these, of the cases that are left, counted from 0
};

/// Leaves the cases that filter, tags and shard choose. The shards divide what filter and tags leave, so that a selection is
/// not selected from again.
Selection select(std::vector<suite::Suite>& suites, const Options& options);

}  // namespace bncheck::run
