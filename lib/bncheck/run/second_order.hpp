#pragma once

#include "bncheck/judge/second_order_bounds.hpp"
#include "bncheck/oracle/second_order.hpp"
#include "bncheck/run/evidence.hpp"

namespace bncheck::run {

/// The double backward of one channel: what is true of it, and what is allowed. The evidence must outlive it.
class SecondOrder {
    oracle::SecondOrderView view_;
    oracle::SecondOrderFacts facts_;
    bool finite_;

public:
    SecondOrder(const Question& question, const ChannelEvidence& evidence, oracle::LevelName from);
    SecondOrder(const SecondOrder&) = delete;
    SecondOrder& operator=(const SecondOrder&) = delete;

    oracle::SecondOrderTruth truth;
    judge::SecondOrderBounds bounds;

    /// Whether arrangements differ in more than rounding: infinities among the data come out as NaN in some of them, and
    /// powers of r that leave the range of the type as infinity, zero or NaN. Where q = 0 there is no derivative.
    bool undefined(AccuracyClass required) const { return !finite_ || !(facts_.dy.q > 0) || bounds.leaves_range(required); }
};

}  // namespace bncheck::run
