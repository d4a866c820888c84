#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/judge/verdict.hpp"

namespace bncheck::run {

/// What was asked and answered for one case.
struct Evidence {
    const suite::Case& c;
    const bn::Convention* convention;    ///< the candidate is judged by
    std::vector<suite::Tensors> inputs;  ///< generated, by step
    std::vector<double> momentum;        ///< as sent, by step
    suite::Tensors outputs;              ///< of forward (last step) and backward
    bool flushes = false;
    AccuracyClass required = AccuracyClass::updating;
};

struct Judgement {
    std::map<std::string, judge::TensorFindings> tensors;   ///< against the truth
    std::map<std::string, judge::TensorFindings> gradient;  ///< against finite differences
    std::map<std::string, judge::TensorFindings> expected;  ///< against known answers
    std::set<std::string> oracle_disagrees;                 ///< tensors whose known answer is not what is true
    double kappa = 0, mean_over_stddev = 0, resolution = 0;
};

/// Truth, bounds and verdict of every output that was provided, in parallel over channels; the result does not depend on
/// the number of threads.
Judgement judge_case(const Evidence& evidence);

}  // namespace bncheck::run
