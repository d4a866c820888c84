#pragma once

#include <string>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// Whether what a candidate gives of a channel depends on that channel's data alone, bit for bit: the ground on which one
/// element of every channel may be perturbed in one evaluation, and channels be stacked.
struct Independence {
    bool holds = true;
    std::string by;  ///< how that is known, or what was seen
    std::size_t requests = 0;
};

/// For each bit of the channels' numbers, once each way, x and dy of the channels with that bit are replaced and the others
/// must come out as before: so every pair of channels has been apart at least once, with 2 log2 C evaluations beside the first.
/// A candidate that computes each channel by itself has it by construction. Throws the Response that is not ok.
Independence channel_independence(const Question& question, candidate::Candidate& candidate);

}  // namespace bncheck::run
