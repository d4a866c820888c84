#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "bncheck/derivation/walk/cancellation.hpp"
#include "bncheck/derivation/walk/walk.hpp"

namespace bncheck::derivation {

/// What is known of a step besides its figures.
struct WalkCircumstances {
    std::size_t m = 1;
    bool finite = true;              ///< all of the working value
    std::string not_finite_operand;  ///< one that is not finite in working precision, or empty
    bool finite_if_exact = true;     ///< the formula in 256 bits at the rounded operands, where the working value is worst
    bool underflows = false;         ///< that is below the working precision's normal numbers, but not 0
    std::optional<Cancellation> cancellation = {};
};

/// Why a step loses a digit or more, or is not finite; empty where neither is so.
std::string walk_reason(const WalkStep& step, const WalkCircumstances& why);

}  // namespace bncheck::derivation
