#pragma once

#include <set>
#include <string>

#include "bncheck/bn/convention.hpp"

namespace bncheck::bn {

/// The tensors in which an implementation by the rules of one convention shows when it is spoken to and judged as if it
/// followed another, by the rules' fields alone; "refusal" where it refuses what the other computes. Empty: it passes. What
/// `implemented` leaves open (onnx9's running variance) or does not hand out shows nowhere, nor does what `judged_by` leaves
/// open. Defaults do not show: a request names every number.
std::set<std::string> observable_difference(const Convention& implemented, const Convention& judged_by);

}  // namespace bncheck::bn
