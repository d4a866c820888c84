#pragma once

// The proof of sections of the derivation.

#include <optional>
#include <vector>

#include "bncheck/derivation/proof/proof.hpp"
#include "bncheck/derivation/steps/steps.hpp"

namespace bncheck::derivation {

/// What was found of one step.
struct StepResult {
    std::string id;
    bool holds = true;         ///< all its equations are proven
    std::size_t equation = 0;  ///< else the first that is not: of `states`, then of `computed`
    Outcome outcome = {};      ///< and where
    bool random_holds = true;  ///< at the random points
};

struct SectionResult {
    Section section;
    std::vector<StepResult> steps;
    ProofSize size;  ///< for all its equations together
    std::size_t largest_m = 0, points = 0, equations = 0;
    RandomEvidence random;

    bool holds() const;
};

/// Equations of a step: its statements, and what is computed.
std::vector<Equation> equations_of(const Step& step, Setting setting);

SectionResult prove_section(const Section& section);

}  // namespace bncheck::derivation
