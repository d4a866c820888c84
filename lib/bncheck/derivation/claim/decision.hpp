#pragma once

// Whether a claim is true.

#include <optional>
#include <string>

#include "bncheck/derivation/claim/claim.hpp"
#include "bncheck/derivation/claim/counterexample.hpp"
#include "bncheck/derivation/proof/proof.hpp"

namespace bncheck::derivation {

struct Decision {
    enum class Verdict { proven, refuted, undecided } verdict = Verdict::undecided;
    Claim claim;
    Proof proof;                                   ///< where proven
    RandomEvidence random;                         ///< where proven
    std::optional<Counterexample> counterexample;  ///< where refuted; without one the formula divides by zero
    std::string difference;  ///< what the difference is, where it is a known one: "the term ... is missing"
    std::string note;        ///< why it is undecided, or where it divides by zero
};

/// Throws Error(usage, "too-large") where the degree is too high, or a proof would take too many points and no small
/// counterexample is there.
Decision decide(const Claim& claim, Setting setting);

}  // namespace bncheck::derivation
