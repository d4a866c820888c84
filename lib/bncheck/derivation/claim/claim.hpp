#pragma once

// Formulas of the user's, or of someone's code, as claims about quantities.

#include <string>
#include <vector>

#include "bncheck/derivation/formula/expression.hpp"
#include "bncheck/derivation/proof/setting.hpp"

namespace bncheck::derivation {

/// "dx = ...", with the names that were defined before it written out.
struct Claim {
    std::string target;
    Expression formula;
    bool second = false;     ///< speaks of the double backward
    std::size_t column = 1;  ///< of the formula in its text
};

/// The claims of a program (formula.hpp): statements about a quantity that follows from others are claims, statements about
/// other names define them for the statements after. Throws Error(usage, "format", "column N") for what is malformed: an
/// unknown name, a quantity in its own formula, a value for every index where one number is due, a program without a claim; and
/// Error(usage, "too-large") where definitions write out to more than a proof can take.
std::vector<Claim> claims_of(const std::string& program, Setting setting);

}  // namespace bncheck::derivation
