#pragma once

#include "bncheck/oracle/level.hpp"

namespace bncheck::oracle {

/// An unevaluated sum of two doubles.
struct Twofold {
    double hi, lo;
};

/// What the double-double level computes once a channel.
struct DoubleDoubleState {
    Twofold mu, v, r, scale, mean_dy, c, dgamma, dbeta, running_mean, running_var;
    double gamma, beta;
    bool training;
};

}  // namespace bncheck::oracle
