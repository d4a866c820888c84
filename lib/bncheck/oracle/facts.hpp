#pragma once

#include "bncheck/core/dtype.hpp"
#include "bncheck/oracle/channel.hpp"
#include "bncheck/oracle/radius.hpp"

namespace bncheck::oracle {

/// Sums by oracle/sweep.hpp in double. `dtype` of the data decides what is exact.
ChannelFacts facts_of(const ChannelView& channel, Dtype dtype);

/// Whether the sum of the terms is exact in any order in a precision of p bits: all are multiples of one power of two 2^e,
/// and the sum of their magnitudes is at most 2^(e + p), so that every partial sum is a p-bit multiple of 2^e.
bool sums_exactly(const Values& terms, int p);

}  // namespace bncheck::oracle
