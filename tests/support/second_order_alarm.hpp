#pragma once

#include "bncheck/oracle/second_order.hpp"
#include "support/double_backward_kernel.hpp"
#include "support/false_alarm.hpp"

namespace bncheck::test {

/// One channel of the double backward with its values.
struct SecondChannel {
    Dtype dtype;
    oracle::Channel first;
    std::vector<double> ddx;
    double ddgamma, ddbeta;

    oracle::SecondOrderView view() const { return {first.view(), ddx, ddgamma, ddbeta}; }
    SecondInput input() const;
};

/// Drawn from a seed: m mostly from 2 to 8, mean/stddev to 1e6, dy and ddx that cancel, constant or nearly constant channels,
/// eps from 0 up.
SecondChannel second_channel(std::uint64_t seed, Dtype dtype);

/// Error of one value of a channel's double backward over the bound of a class: NaN where the class guarantees nothing.
class SecondOrderJudge {
public:
    SecondOrderJudge(const SecondChannel& channel, bool flushes = false);
    ~SecondOrderJudge();
    double ratio(const std::string& tensor, std::size_t i, double got, AccuracyClass c);
    oracle::SecondOrderTruth& truth();

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Puts every way of summing and every arrangement to one random channel each of the seeds, and holds every output against the
/// bounds of its own class.
AlarmReport judge_right_double_backwards(Dtype dtype, std::uint64_t first, std::size_t count, bool flushes = false);

}  // namespace bncheck::test
