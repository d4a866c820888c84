#pragma once

#include <string>

#include "bncheck/derivation/claim/claim.hpp"

namespace bncheck::derivation {

/// What is wrong with a refuted formula, where it is one known thing: a factor of the whole or of one term of the true formula,
/// another r throughout, one name in the place of another. Empty where it is none of these. That it is this and nothing else is
/// found by agreement in 256 bits at random channels.
std::string explain(const Claim& claim, Setting setting);

}  // namespace bncheck::derivation
