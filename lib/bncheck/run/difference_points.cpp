#include "bncheck/run/difference_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/core/random.hpp"

namespace bncheck::run {
namespace {

using gradient::BasePoint;
using gradient::Difference;
using gradient::Variable;

void copy(const Values& from, std::span<float> to) { std::copy_n(from.narrow(), to.size(), to.begin()); }
void copy(const Values& from, std::span<double> to) { std::copy_n(from.wide(), to.size(), to.begin()); }

template <class S>
void move(const BasePoint& at, const Difference& d, const std::vector<signed char>& signs, double step, std::span<S> to) {
    const Values& x = at.view.x.back();
    copy(x, to);
    if (d.variable == Variable::x) to[d.j] = static_cast<S>(x[d.j] + step);
    for (std::size_t i = 0; i < signs.size(); ++i) to[i] = static_cast<S>(static_cast<double>(to[i]) + signs[i] * step);
}

}  // namespace

std::size_t spread(std::size_t k, std::size_t count, std::size_t n) { return count < 2 ? 0 : k * (n - 1) / (count - 1); }

std::unique_ptr<DifferencedChannel> differenced_channel(const Question& q, std::size_t channel) {
    const ChannelEvidence inputs = channel_inputs(q, channel);
    const oracle::ChannelView view = view_of(q, inputs);
    auto result = std::make_unique<DifferencedChannel>();
    result->channel = channel;
    return gradient::set_base_point(result->base, view, q.c.dtype) ? std::move(result) : nullptr;
}

std::unique_ptr<DifferencedChannel> channel_nearby(const Question& q, std::size_t channel) {
    const std::unique_ptr<DifferencedChannel> base = differenced_channel(q, channel);
    if (!base) return nullptr;
    const BasePoint& at = base->base;
    const double most = std::min(std::floor(1 / (8 * at.r() * at.grid)), 0x1p31);
    const RandomStream stream(q.c.suite, q.c.name, "near", q.c.seed);
    ChannelBuffer x(at.dtype, at.xhat.size());
    x.visit([&](auto values) {
        using S = typename decltype(values)::value_type;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const auto units = stream.below(static_cast<std::uint64_t>(2 * most) + 1, i, static_cast<std::uint32_t>(channel));
            values[i] = static_cast<S>(at.view.x.back()[i] + (static_cast<double>(units) - most) * at.grid);
        }
    });
    oracle::ChannelView view = at.view;
    view.x = {x.values()};
    auto moved = std::make_unique<DifferencedChannel>();
    moved->channel = channel;
    return gradient::set_base_point(moved->base, view, q.c.dtype) ? std::move(moved) : nullptr;
}

Plan DifferencePoints::plan(const BasePoint& at, const gradient::Line& line, std::size_t count) const {
    const double gamma = std::fabs(at.parameters.gamma), beta = std::fabs(at.parameters.beta);
    const auto noise = [&](const gradient::Steps& steps, AccuracyClass c) {
        return gradient::forward_noise(at, line, steps, c, q_.flushes, gamma, beta);
    };
    // Noise depends on the reach of the steps, and they on the noise: that at the base point is near enough to choose.
    const double near = noise({0, 1, 0}, found_)(1, 0) / std::max(gamma, 0x1p-1000);
    const gradient::Steps steps = gradient::steps_along(at, line, near, count);
    if (!std::isfinite(steps.share)) return {steps, {}, {}};
    return {steps, noise(steps, found_), noise(steps, loosest())};
}

AskedDifference DifferencePoints::at(DifferencedChannel& channel, std::size_t task) const {
    AskedDifference a;
    Difference& d = a.difference;
    const BasePoint& at = channel.base;
    if (task < sample_.columns) {
        d.variable = Variable::x;
        d.j = spread(task, sample_.columns, at.xhat.size());
        d.line = gradient::coordinate_line(at);
        d.rows = sample_.rows;
    } else if (task < sample_.columns + sample_.directions) {
        d.variable = Variable::direction;
        d.j = task - sample_.columns;
        d.rows = 2 * sample_.rows;
        const RandomStream stream(q_.c.suite, q_.c.name, "direction " + std::to_string(d.j), q_.c.seed);
        for (std::size_t i = 0; i < at.xhat.size(); ++i)
            a.signs.push_back(stream.bits(i, static_cast<std::uint32_t>(channel.channel)) & 1 ? 1 : -1);
        d.line = gradient::direction_line(at, a.signs);
    } else {
        d.variable = task == count() - 1 ? Variable::beta : Variable::gamma;
        d.rows = 2 * sample_.rows;
        ask_of_parameter(channel, a);
        return a;
    }
    const std::size_t steps = d.variable == Variable::x ? gradient::column_steps : gradient::direction_steps;
    Plan of_line;
    if (d.variable == Variable::x) {
        if (!channel.of_columns) channel.of_columns = plan(at, d.line, steps);
        of_line = *channel.of_columns;
    } else {
        of_line = plan(at, d.line, steps);
    }
    d.steps = of_line.steps;
    d.found = of_line.found;
    d.required = of_line.required;
    if (!std::isfinite(d.steps.share)) return a;
    for (const double sign : {1.0, -1.0})
        for (std::size_t l = 1; l <= steps; ++l) {
            a.points.emplace_back(at.dtype, at.xhat.size());
            const double step = sign * static_cast<double>(l) * d.steps.h;
            a.points.back().visit([&](auto values) { move(at, d, a.signs, step, values); });
            a.passes.push_back(channel.pass(q_, a.points.back().values()));
        }
    return a;
}

/// y is linear in gamma and beta: one long step, to the numbers of the type nearest to it.
void DifferencePoints::ask_of_parameter(const DifferencedChannel& channel, AskedDifference& a) const {
    const BasePoint& base = channel.base;
    const double gamma = std::fabs(base.parameters.gamma), beta = std::fabs(base.parameters.beta);
    Difference& d = a.difference;
    const bool of_gamma = d.variable == Variable::gamma;
    const double value = of_gamma ? base.parameters.gamma : base.parameters.beta;
    // Long enough that y changes by as much as it has.
    const double step = of_gamma ? std::max(gamma, 1.0) : std::max(beta, gamma * std::max(1.0, base.most_xhat));
    const Format format = format_of(statistics_dtype(q_.c.dtype));
    d.plus = format.round(value + (step > 0 ? step : 1));
    d.minus = format.round(value - (step > 0 ? step : 1));
    d.steps = {1, 1, d.plus > d.minus ? 0 : std::numeric_limits<double>::infinity()};
    const double most = std::max(std::fabs(d.plus), std::fabs(d.minus));
    const gradient::Steps none{0, 1, 0};
    const auto noise = [&](AccuracyClass c) {
        return gradient::forward_noise(base, d.line, none, c, q_.flushes, of_gamma ? most : gamma, of_gamma ? beta : most);
    };
    d.found = noise(found_);
    d.required = noise(loosest());
    for (const double at : {d.plus, d.minus}) {
        a.passes.push_back(channel.pass(q_, base.view.x.back()));
        (of_gamma ? a.passes.back().gamma : a.passes.back().beta) = at;
    }
}

}  // namespace bncheck::run
