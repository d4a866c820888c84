#pragma once

// Channels on which a formula is wrong, small enough to be checked by hand.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bncheck/derivation/claim/claim.hpp"
#include "bncheck/derivation/proof/points.hpp"

namespace bncheck::derivation {

/// All numbers are exact, written as fractions; with r as a symbol where q has no rational root, and decimal where the formula
/// has other roots that are not rational.
struct Counterexample {
    std::size_t m = 0;
    std::size_t index = 0;  ///< of the value that differs, counted from 1; 0 for a quantity without index
    std::vector<std::pair<std::string, std::string>> data;     ///< what was chosen: x, eps, gamma, ...
    std::vector<std::pair<std::string, std::string>> derived;  ///< what follows: mu, v, q, r, xhat, ...
    std::string formula, truth;                                ///< both values
    double formula_decimal = 0, truth_decimal = 0;
    bool exact = true;  ///< else the values differ by more than their rigorous error bounds in 256 bits
};

/// The simplest of those channels of m values on which everything, r too, is rational and the formula has a value: found by
/// trying small numbers. Nothing where the formula is right on all of them.
std::optional<Counterexample> small_counterexample(const Claim& claim, Setting setting, std::size_t m);

/// That of a point that refutes it in the exact ring; nothing where it is undefined there or, r being rational, equal after
/// all.
std::optional<Counterexample> counterexample_at(const Claim& claim, Setting setting, const WholePoint& at);

/// Values that differ by more than their errors at one of some random channels; for formulas with roots that are not rational.
std::optional<Counterexample> decimal_counterexample(const Claim& claim, Setting setting);

/// Random channels of 3 to 6 values in 256 bits.
class DecimalChannels {
public:
    DecimalChannels(Setting setting, bool second);
    ~DecimalChannels();

    /// Whether two formulas agree there within their rounding errors: evidence, no proof. False too where one has no value.
    bool agree(const Expression& a, const Expression& b) const;

private:
    struct Channels;
    std::unique_ptr<const Channels> channels_;
};

}  // namespace bncheck::derivation
