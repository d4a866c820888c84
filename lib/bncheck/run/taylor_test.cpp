#include "bncheck/run/taylor_test.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/core/random.hpp"
#include "bncheck/run/difference_points.hpp"

namespace bncheck::run {
namespace {

constexpr std::size_t most_steps = 20;

/// The case's dy, or one of random signs where that is uniform.
ChannelBuffer dy_of(const Question& q, const ChannelEvidence& inputs, std::size_t channel) {
    const Values& given = inputs.dy.values();
    ChannelBuffer dy(q.c.dtype, given.size());
    const RandomStream stream(q.c.suite, q.c.name, "dy of signs", q.c.seed);
    const bool uniform = given.uniform();
    dy.visit([&](auto values) {
        using S = typename decltype(values)::value_type;
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] =
                uniform ? (stream.bits(i, static_cast<std::uint32_t>(channel)) & 1 ? S(1) : S(-1)) : static_cast<S>(given[i]);
    });
    return dy;
}

}  // namespace

TaylorTest taylor_test(const Question& q, const candidate::Stack& stack, std::size_t channels, AccuracyClass of_forward,
                       AccuracyClass of_backward) {
    TaylorTest test;
    Question asked = q;
    asked.backward = true;
    for (std::size_t k = 0; k < channels; ++k) {
        const std::size_t channel = spread(k, channels, q.c.shape.channels());
        const ChannelEvidence inputs = channel_inputs(asked, channel);
        oracle::ChannelView view = view_of(asked, inputs);
        view.dy = {};
        gradient::BasePoint base;
        if (!gradient::set_base_point(base, view, q.c.dtype)) continue;
        const ChannelBuffer dy = dy_of(asked, inputs, channel);
        gradient::TaylorValues t;
        const RandomStream stream(q.c.suite, q.c.name, "taylor", q.c.seed);
        const Values x = base.view.x.back();
        t.signs = gradient::taylor_direction(
            base, dy.values(), [&](std::size_t i) { return stream.bits(i, static_cast<std::uint32_t>(channel)); });
        t.line = gradient::direction_line(base, t.signs);
        t.h = gradient::taylor_steps(base, t.line, most_steps);
        ++test.channels;
        if (t.h.empty()) {
            ++test.findings.entries;
            ++test.findings.inconclusive;
            continue;
        }
        gradient::Steps reach{t.h.front(), 1, 0};
        const double gamma = std::fabs(view.gamma), beta = std::fabs(view.beta);
        t.found = gradient::forward_noise(base, t.line, reach, of_forward, q.flushes, gamma, beta);
        t.required = gradient::forward_noise(base, t.line, reach, std::max({of_forward, q.required, AccuracyClass::shifted}),
                                             q.flushes, gamma, beta);
        const auto pass = [&](const Values& at, const Values& with_dy) { return pass_of(q, view, channel, at, with_dy); };
        std::vector<ChannelBuffer> points;
        std::vector<candidate::ChannelPass> passes{pass(x, {})};
        for (const double h : t.h) {
            points.emplace_back(q.c.dtype, x.size());
            points.back().visit([&](auto values) {
                using S = typename decltype(values)::value_type;
                for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<S>(x[i] + t.signs[i] * h);
            });
            passes.push_back(pass(points.back().values(), {}));
        }
        const std::vector<candidate::ChannelResult> forward = stack.run(passes);
        const std::vector<candidate::ChannelResult> backward = stack.run(std::vector{pass(x, dy.values())});
        t.dx_found = of_backward;
        t.dx_required = std::max(q.required, AccuracyClass::shifted);
        t.dy = dy.values();
        t.dx = backward[0].elements.values();
        t.y = forward[0].elements.values();
        for (std::size_t s = 1; s < forward.size(); ++s) t.y_at.push_back(forward[s].elements.values());
        gradient::TaylorResult result = gradient::judge_taylor(base, channel, t, q.flushes);
        const bool worse = test.curve.empty() || (result.findings.failed && !test.findings.failed) ||
                           (result.findings.ratio > test.findings.ratio && result.findings.failed >= test.findings.failed);
        if (worse) {
            test.curve = std::move(result.curve);
            test.slope = result.slope;
            test.channel = channel;
        }
        test.findings.merge(result.findings);
    }
    return test;
}

}  // namespace bncheck::run
