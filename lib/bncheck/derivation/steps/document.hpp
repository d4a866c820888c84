#pragma once

// All that is printed of the derivation, in whatever format.

#include <string>
#include <vector>

#include "bncheck/derivation/claim/decision.hpp"
#include "bncheck/derivation/steps/arrangements.hpp"
#include "bncheck/derivation/steps/section_proof.hpp"

namespace bncheck::derivation {

/// Somebody's arrangement and what was found of its formulas.
struct ArrangementResult {
    Arrangement arrangement;
    std::vector<Decision> claims;

    bool holds() const;
};

struct Document {
    std::vector<SectionResult> sections;
    std::vector<ArrangementResult> arrangements;

    bool holds() const;
};

/// The whole derivation, proven.
Document prove_all();

/// Prose: paragraphs with formulas between backquotes, in which _i stands for nothing.
std::vector<std::string> introduction();

/// Why the points that were tried are a proof, with the numbers of what was tried: paragraphs as in introduction().
std::vector<std::string> argument(const Document& document);

}  // namespace bncheck::derivation
