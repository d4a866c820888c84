#pragma once

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/run/evidence.hpp"

// The passes of a case as requests with whole tensors. A single one throws the candidate::Response that is not ok.
namespace bncheck::run {

/// One request a step; running statistics are the candidate's own of the step before. The answer to the last, which alone is
/// asked of a candidate that is fixed.
candidate::Response whole_forward(candidate::Candidate& candidate, const Question& question);

/// "backward" or "double-backward", with the x of the last step and the question's dy. The statistics that the forward saved go
/// with it where there are any.
candidate::Response whole_backward(candidate::Candidate& candidate, const Question& question, const std::string& pass,
                                   const suite::Tensors& saved);

/// A pass in which the candidate failed.
struct FailedPass {
    std::string pass, reason;
};

/// Puts the forward, and the backward and double backward that the question wants, to the candidate, and adds what it gives to
/// `answer`. A pass that it skips becomes an obstacle of the question's; one of which it gives nothing is no longer judged. The
/// result is why nothing was answered at all, or "". Throws a FailedPass.
std::string ask_passes(candidate::Candidate& candidate, Question& question, bool forward, candidate::Response& answer);

/// Names of the outputs of such a pass.
std::vector<std::string> backward_outputs(const suite::Case& c, const std::string& pass);

/// save_mean, save_invstd and save_var of a forward's outputs.
suite::Tensors saved_statistics(const suite::Tensors& outputs);

}  // namespace bncheck::run
