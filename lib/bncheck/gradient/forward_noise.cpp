#include "bncheck/gradient/forward_noise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/judge/verdict.hpp"
#include "bncheck/oracle/channel_truth.hpp"

namespace bncheck::gradient {

Noise forward_noise(const BasePoint& base, const Line& line, const Steps& steps, AccuracyClass c, bool flushes, double gamma,
                    double beta) {
    const double reach = steps.reach(), root_w = std::sqrt(line.spread), kappa = reach * base.r() * root_w;
    oracle::ChannelFacts facts = base.facts;
    oracle::ChannelParameters parameters = base.parameters;
    parameters.gamma = gamma;
    parameters.beta = beta;
    if (parameters.training) {
        oracle::MomentFacts& x = facts.x.back();
        const double q_low = facts.q * (1 - kappa) * (1 - kappa);
        const double root_v = std::sqrt(x.v + x.v_error) + reach * root_w;
        x.v = root_v * root_v;
        x.mean_abs += reach * line.mean_abs;
        x.max_abs += reach * line.most;
        x.max_deviation += reach * line.deviation;
        x.hi = std::fabs(x.hi) + reach * line.mean;
        x.mean_square = x.v + x.hi * x.hi;
        x.nonzero = x.m;
        x.constant = x.exact_sum = x.exact_squares = x.exact_v = false;
        facts.hi = x.hi;
        facts.v = x.v;
        facts.q = x.v + parameters.eps;
        x.v_error = facts.v_error = facts.q - q_low;  // so that the least q is q_low
        facts.r = 1 / std::sqrt(q_low);
    }
    oracle::ChannelView view{parameters, base.view.x, {}};
    const judge::ChannelBounds bounds(view, facts, base.dtype, flushes);
    oracle::Linear most;  // the maximum over the class and the tighter ones, coefficient by coefficient
    for (std::size_t k = 0; k <= static_cast<std::size_t>(c); ++k) {
        const oracle::Linear& own = bounds.own_y(k);
        most = {std::max(most.a, own.a), std::max(most.b, own.b), std::max(most.c, own.c)};
    }
    const Noise noise{most.a + most.c * beta, most.b + most.c * gamma, reach * base.r(), 1 / (1 - kappa)};
    // Where y may overflow its type nothing is known of its differences.
    const double most_y = gamma * (base.most_xhat + noise.change * line.deviation) * noise.stretch + beta;
    if (!(most_y < format_of(base.dtype).largest() / 2)) return {std::numeric_limits<double>::infinity()};
    return noise;
}

std::size_t forward_class(const BasePoint& base, const Values& y, bool flushes, std::size_t sample) {
    const std::size_t m = y.size(), stride = std::max<std::size_t>(1, m / sample);
    oracle::ChannelTruth truth(base.view, base.dtype);
    const judge::ChannelBounds bounds(base.view, truth.facts(), base.dtype, flushes);
    const oracle::DoubleLevelState state = oracle::double_level_state(base.view, truth.facts());
    judge::TensorFindings findings;
    const judge::Requirement requirement{AccuracyClass::textbook, 0, format_of(base.dtype)};
    for (std::size_t i = 0; i < m; i += stride)
        findings.add({0, i, y[i], truth.at("y", i, truth.first())}, truth.first(), bounds.at("y", i, state), requirement,
                     [&](oracle::LevelName level) { return truth.at("y", i, level); });
    return findings.undetermined ? accuracy_classes : findings.tightest;
}

}  // namespace bncheck::gradient
