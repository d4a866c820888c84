#pragma once

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/run/evidence.hpp"

// The passes of a case as requests with whole tensors. Each throws the candidate::Response that is not ok.
namespace bncheck::run {

/// One request a step; running statistics are the candidate's own of the step before. The answer to the last, which alone is
/// asked of a candidate that is fixed.
candidate::Response whole_forward(candidate::Candidate& candidate, const Question& question);

/// "backward" or "double-backward", with the x of the last step and the question's dy. The statistics that the forward saved go
/// with it where there are any.
candidate::Response whole_backward(candidate::Candidate& candidate, const Question& question, const std::string& pass,
                                   const suite::Tensors& saved);

/// Names of the outputs of such a pass.
std::vector<std::string> backward_outputs(const suite::Case& c, const std::string& pass);

/// save_mean, save_invstd and save_var of a forward's outputs.
suite::Tensors saved_statistics(const suite::Tensors& outputs);

}  // namespace bncheck::run
