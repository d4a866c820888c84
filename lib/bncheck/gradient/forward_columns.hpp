#pragma once

#include <span>

#include "bncheck/gradient/base_point.hpp"
#include "bncheck/gradient/forward_noise.hpp"
#include "bncheck/judge/entry_findings.hpp"

// Differences of a candidate's own forward beside the Jacobian of the definition, column by column:
//
//     dy_i/dx_j   = gamma r (delta_ij - 1/m - xhat_i xhat_j / m)      (gamma r delta_ij in inference)
//     along v       gamma r (dv_i - xhat_i mean(dv xhat))             (gamma r v_i)
//     dy_i/dgamma = xhat_i            dy_i/dbeta = 1
//
// An entry passes where analytic and numeric differ by no more than Ridders' error estimate, the truncation that is certain
// (gradient/richardson.hpp) and the noise of y under the class that the forward was found to be of, together. It has then been
// decided if that is less than the terms that the entry is made of, |gamma| r (|dv_i| + |xhat_i| mean|dv xhat|): the absence of
// one, or its sign, would have shown. It fails where they differ by more than the noise of a looser class explains, which the
// required one gives or `shifted`: what class y is of is judged elsewhere. All else is inconclusive.
namespace bncheck::gradient {

using judge::Entry;
using judge::EntryFindings;

/// Steps of a difference: two, order 4, of a column, of which there are many; four, order 8, of a direction.
inline constexpr std::size_t column_steps = 2, direction_steps = 4;

enum class Variable { x, direction, gamma, beta };

/// One difference: y at the points + lh and - lh, l = 1 to steps.
struct Difference {
    Variable variable = Variable::x;
    std::size_t j = 0;                   ///< of x; number of the direction
    std::span<const signed char> signs;  ///< v, of a direction
    Line line;
    Steps steps;
    double plus = 0, minus = 0;  ///< of gamma and beta: the numbers themselves, one step
    Noise found, required;
    std::size_t rows = 0;  ///< so many, row j among them, evenly spread; 0: all
};

/// `above` and `below`: y at + lh and - lh, l = 1, 2, ... Adds m entries, or rows;
/// where steps.share is infinite (above and
/// below are then not asked for) one that is inconclusive.
void judge_difference(const BasePoint& base, std::size_t channel, const Difference& difference, std::span<const Values> above,
                      std::span<const Values> below, EntryFindings& findings);

}  // namespace bncheck::gradient
