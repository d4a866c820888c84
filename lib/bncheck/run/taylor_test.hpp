#pragma once

#include "bncheck/candidate/stack.hpp"
#include "bncheck/gradient/taylor.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// The Taylor test of some channels, evenly spread, along a direction of random signs. `of_forward`, `of_backward`: the classes
/// that y and dx were found to be of.
struct TaylorTest {
    judge::EntryFindings findings;             ///< an entry a channel
    std::vector<gradient::TaylorPoint> curve;  ///< of the channel nearest to failing
    double slope = 0;
    std::size_t channel = 0, channels = 0;
};
TaylorTest taylor_test(const Question& question, const candidate::Stack& stack, std::size_t channels, AccuracyClass of_forward,
                       AccuracyClass of_backward);

}  // namespace bncheck::run
