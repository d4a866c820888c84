#pragma once

#include <span>

#include "bncheck/gradient/base_point.hpp"
#include "bncheck/gradient/forward_noise.hpp"
#include "bncheck/judge/entry_findings.hpp"

// Differences of a candidate's own backward beside the second derivatives of the definition (bn/double_backward.hpp). Since
// they are symmetric, the derivative of dx and dgamma along a direction v of x is the gx and ggamma of ddx = v, and that of dx
// along v of dy is the gdy: with P(z) = z - mean z - xhat s_z, s_z = mean(z xhat), B = mean(v dy) - mean v mean dy - s_v s_dy,
//
//     along v in x    dx: -gamma r^2 (xhat_i B + s_dy P(v)_i + s_v P(dy)_i)      dgamma: m r B
//     along v in dy   dx: gamma r P(v)_i
//
// In inference dx does not depend on x: 0, r sum v dy, gamma r v_i. What passes, fails and is inconclusive is as in
// gradient/forward_columns.hpp.
namespace bncheck::gradient {

using judge::Entry;
using judge::EntryFindings;

/// A base point with a dy, and sums of them.
struct BackwardPoint {
    const BasePoint& base;
    Values dy;
    oracle::ChannelFacts facts;           ///< with dy
    double mean_dy = 0, s = 0;            ///< mean dy, mean(dy xhat)
    double abs_dy = 0, abs_products = 0;  ///< mean|dy|, mean|dy xhat|
};
BackwardPoint backward_point(const BasePoint& base, const Values& dy);

struct BackwardDifference {
    enum class Along { column, direction, dy } along = Along::column;
    std::size_t j = 0;                   ///< of x; number of the direction
    std::span<const signed char> signs;  ///< v, of a direction
    Line line;
    Steps steps;
    BackwardNoise found, required;
    std::size_t rows = 0;  ///< so many, row j among them, evenly spread; 0: all
};

/// What a backward gave at one point.
struct BackwardValues {
    Values dx;
    std::optional<double> dgamma;  ///< where provided
};

/// |mean(dy dv)| of a column or a direction.
double dy_along(const BackwardPoint& point, const BackwardDifference& difference);

/// Adds rows to gx (gdy along dy), and one entry to ggamma.
void judge_backward_difference(const BackwardPoint& point, std::size_t channel, const BackwardDifference& difference,
                               std::span<const BackwardValues> above, std::span<const BackwardValues> below, EntryFindings& dx,
                               EntryFindings& dgamma);

}  // namespace bncheck::gradient
