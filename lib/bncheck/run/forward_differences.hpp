#pragma once

#include <string>

#include "bncheck/candidate/stack.hpp"
#include "bncheck/judge/entry_findings.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// How much of a case is differenced: of so many channels, evenly spread, so many columns (coordinates of x, evenly spread),
/// so many rows of each (0: all), and so many directions, twice as many rows of each.
struct Sample {
    std::size_t channels, columns, rows, directions;
};

/// All of it with `full`; else up to four columns of 16 rows and two directions of every channel, so that time is linear in channels and
/// values. Of a candidate that is asked by requests, as much as some million values of y go into.
Sample sample_of(const suite::Case& c, bool full, bool one_by_one);

/// The k-th of `count` numbers evenly spread over 0, ..., n - 1, the first and last among them.
std::size_t spread(std::size_t k, std::size_t count, std::size_t n);

/// What differences of the candidate's own forward say of its derivatives.
struct ForwardDifferences {
    judge::EntryFindings columns, directions, gamma, beta;
    std::size_t without_derivative = 0;                  ///< channels
    AccuracyClass of_forward = AccuracyClass::updating;  ///< whose noise was taken: that which y was found to be of
    bool placed = false;                                 ///< else y is in no class, and it is the required one
};
ForwardDifferences forward_differences(const Question& question, const candidate::Stack& stack, const Sample& sample);

}  // namespace bncheck::run
