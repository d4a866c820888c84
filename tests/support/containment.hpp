#pragma once

#include <string>
#include <vector>

#include "bncheck/oracle/level.hpp"
#include "bncheck/oracle/reference.hpp"
#include "support/random_channel.hpp"

namespace bncheck::test {

/// Values of one channel at a level that lie outside their enclosures: "dx[3]", ... Nothing where the level does not apply.
struct Outside {
    bool applies = false;
    std::vector<std::string> values;
};
Outside outside(const TypedChannel& channel, const oracle::Truth& truth512, oracle::LevelName level,
                oracle::Term omitted = oracle::Term::none);

/// The names of the SIMD targets that this machine runs.
std::vector<std::string> simd_targets();
/// Makes dispatch take the target of that name; "" for the best again.
void use_simd_target(const std::string& name);

}  // namespace bncheck::test
