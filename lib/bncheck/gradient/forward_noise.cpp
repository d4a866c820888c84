#include "bncheck/gradient/forward_noise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/judge/verdict.hpp"
#include "bncheck/oracle/channel_truth.hpp"

namespace bncheck::gradient {

namespace {

/// The maximum over a class and the tighter ones, coefficient by coefficient.
template <class Own>
oracle::Linear most_of(AccuracyClass c, Own own) {
    oracle::Linear most;
    for (std::size_t k = 0; k <= static_cast<std::size_t>(c); ++k) {
        const oracle::Linear& of_class = own(k);
        most = {std::max(most.a, of_class.a), std::max(most.b, of_class.b), std::max(most.c, of_class.c)};
    }
    return most;
}

std::size_t class_of(const char* tensor, const oracle::ChannelView& view, Dtype dtype, const Values& values, bool flushes,
                     std::size_t sample) {
    const std::size_t m = values.size(), stride = std::max<std::size_t>(1, m / sample);
    oracle::ChannelTruth truth(view, dtype);
    const judge::ChannelBounds bounds(view, truth.facts(), dtype, flushes);
    const oracle::DoubleLevelState state = oracle::double_level_state(view, truth.facts());
    judge::TensorFindings findings;
    const judge::Requirement requirement{AccuracyClass::textbook, 0, format_of(dtype)};
    for (std::size_t i = 0; i < m; i += stride)
        findings.add({0, i, values[i], truth.at(tensor, i, truth.first())}, truth.first(), bounds.at(tensor, i, state),
                     requirement, [&](oracle::LevelName level) { return truth.at(tensor, i, level); });
    return findings.undetermined ? accuracy_classes : findings.tightest;
}

}  // namespace

void widen(oracle::ChannelFacts& facts, const BasePoint& base, const Line& line, const Steps& steps) {
    if (!base.parameters.training) return;
    const double reach = steps.reach(), root_w = std::sqrt(line.spread), kappa = reach * base.r() * root_w;
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
    facts.q = x.v + base.parameters.eps;
    x.v_error = facts.v_error = facts.q - q_low;  // so that the least q is q_low
    facts.r = 1 / std::sqrt(q_low);
}

Noise forward_noise(const BasePoint& base, const Line& line, const Steps& steps, AccuracyClass c, bool flushes, double gamma,
                    double beta) {
    oracle::ChannelFacts facts = base.facts;
    widen(facts, base, line, steps);
    oracle::ChannelParameters parameters = base.parameters;
    parameters.gamma = gamma;
    parameters.beta = beta;
    const oracle::ChannelView view{parameters, base.view.x, {}};
    const judge::ChannelBounds bounds(view, facts, base.dtype, flushes);
    const oracle::Linear most = most_of(c, [&](std::size_t k) { return bounds.own_y(k); });
    const Noise noise{most.a + most.c * beta, most.b + most.c * gamma, steps.reach() * base.r(),
                      1 / (1 - steps.reach() * base.r() * std::sqrt(line.spread))};
    // Where y may overflow its type nothing is known of its differences.
    const double most_y = gamma * (base.most_xhat + noise.change * line.deviation) * noise.stretch + beta;
    if (!(most_y < format_of(base.dtype).largest() / 2)) return {std::numeric_limits<double>::infinity()};
    return noise;
}

BackwardNoise backward_noise(const BasePoint& base, const oracle::ChannelFacts& with_dy, const Values& dy, double dy_dv,
                             double dy_step, const Line& line, const Steps& steps, AccuracyClass c, bool flushes) {
    oracle::ChannelFacts facts = with_dy;
    widen(facts, base, line, steps);
    const double reach = steps.reach(), stretch = 1 / (1 - reach * base.r() * std::sqrt(line.spread));
    oracle::BackwardFacts& b = facts.dy;
    // mean|d| <= sqrt(v) in training; in inference d = x - mu.
    const double mean_abs_d =
        base.parameters.training ? std::sqrt(facts.v + facts.v_error) : facts.x.back().mean_abs + std::fabs(facts.hi);
    b.products = std::fabs(b.products) + reach * dy_dv + dy_step * mean_abs_d;
    b.abs_products += reach * line.deviation * b.mean_abs_dy + dy_step * mean_abs_d;
    b.mean_dy = std::fabs(b.mean_dy) + dy_step;
    b.mean_abs_dy += dy_step;
    b.max_abs_dy += dy_step;
    b.nonzero = base.m();
    b.exact_dy = b.exact_products = b.exact_brackets = false;
    const oracle::ChannelView view{base.parameters, base.view.x, dy};
    const judge::ChannelBounds bounds(view, facts, base.dtype, flushes);
    const oracle::Linear most = most_of(c, [&](std::size_t k) { return bounds.own_dx(k); });
    BackwardNoise noise;
    noise.mean_dy = b.mean_dy;
    noise.s = base.parameters.training ? b.products * base.r() * stretch : 0;
    noise.a = most.a;
    noise.b = most.b;
    noise.c = most.c;
    noise.change = reach * base.r();
    noise.stretch = stretch;
    noise.dgamma = bounds.dgamma()[static_cast<std::size_t>(c)];
    const double most_dx =
        std::fabs(base.parameters.gamma) * facts.r *
        (b.max_abs_dy + noise.mean_dy + (base.most_xhat + noise.change * line.deviation) * stretch * noise.s);
    if (!(most_dx < format_of(base.dtype).largest() / 2)) noise.a = noise.dgamma = std::numeric_limits<double>::infinity();
    return noise;
}

std::size_t backward_class(const BasePoint& base, const Values& dy, const Values& dx, bool flushes, std::size_t sample) {
    oracle::ChannelView view = base.view;
    view.dy = dy;
    return class_of("dx", view, base.dtype, dx, flushes, sample);
}

std::size_t forward_class(const BasePoint& base, const Values& y, bool flushes, std::size_t sample) {
    return class_of("y", base.view, base.dtype, y, flushes, sample);
}

}  // namespace bncheck::gradient
