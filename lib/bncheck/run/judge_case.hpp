#pragma once

#include "bncheck/judge/tensor_profile.hpp"
#include "bncheck/judge/verdict.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

struct Judgement {
    std::map<std::string, judge::TensorFindings> tensors;   ///< against the truth
    std::map<std::string, judge::TensorFindings> expected;  ///< against known answers
    std::map<std::string, judge::TensorProfile> profiles;   ///< of `tensors`
    std::set<std::string> oracle_disagrees;                 ///< tensors whose known answer is not what is true
    double kappa = 0, mean_over_stddev = 0, resolution = 0;
};

/// Truth, bounds and verdict of every output that was provided, in parallel over groups of channels; the result does not
/// depend on the number of threads. The oracle begins at level `from` (where that applies).
Judgement judge_case(const Question& question, const Answers& answers, oracle::LevelName from);

}  // namespace bncheck::run
