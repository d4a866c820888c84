#pragma once

#include "bncheck/run/difference_points.hpp"

namespace bncheck::run {

/// All of a case with `full`; else up to four columns of 16 rows and two directions of every channel, so that time is linear in
/// channels and values. Of a candidate that is asked by requests, as much as some million values of y go into.
Sample sample_of(const suite::Case& c, bool full, bool one_by_one);

/// What differences of the candidate's own forward say of its derivatives.
struct ForwardDifferences {
    judge::EntryFindings columns, directions, gamma, beta;
};
ForwardDifferences forward_differences(const Question& question, const candidate::Stack& stack, const Sample& sample,
                                       AccuracyClass of_forward);

}  // namespace bncheck::run
