#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "bncheck/derivation/claim/decision.hpp"

namespace bncheck::derivation {

/// What was found of a formula: the proof's extent, or the counterexample with all that is needed to check it by hand.
std::string text(const Decision& decision);

/// The same as data: target, formula, verdict, and proof or counterexample.
nlohmann::ordered_json json(const Decision& decision);

/// "proven", "refuted", "undecided".
std::string verdict_name(Decision::Verdict verdict);

}  // namespace bncheck::derivation
