#pragma once

#include "bncheck/oracle/level.hpp"

namespace bncheck::oracle {

/// What the double level knows of a channel before it looks at elements, for the vectorised screen as well. The element by
/// element operations are those written at `xhat`, `y` and `dx`, each rounded once.
struct DoubleLevelState {
    bool applies = false;
    Arithmetic arithmetic;
    Radii radii;
    double hi, lo, r;    ///< xhat = ((x - hi) - lo) r
    double gamma, beta;  ///< y = gamma xhat + beta
    double scale;        ///< gamma r
    double mean_dy, c;   ///< dx = scale ((dy - mean_dy) - xhat c), or scale dy in inference
    bool training;

    double xhat(double x) const { return ((x - hi) - lo) * r; }
    double y(double xhat_value) const { return gamma * xhat_value + beta; }
    double bracket(double dy, double xhat_value) const { return training ? (dy - mean_dy) - xhat_value * c : dy; }
};

/// Level 0: double, for data that floats hold.
DoubleLevelState double_level_state(const ChannelView& channel, const ChannelFacts& facts, Term omitted = Term::none);

}  // namespace bncheck::oracle
