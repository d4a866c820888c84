#pragma once

#include "bncheck/properties/finding.hpp"

namespace bncheck::properties {

/// Two runs with the same number of threads, and one with a single thread, give the same bits in every output of forward and
/// backward; all NaN count as one. A candidate in this process runs on as many threads of oneTBB as it is told, another is told
/// by the request's "threads". Where bits differ, `findings` counts those values, and its worst element is the first of them
/// in storage order.
std::vector<Finding> determinism(const Subject& subject, const Instance& instance);

}  // namespace bncheck::properties
