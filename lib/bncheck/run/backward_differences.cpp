#include "bncheck/run/backward_differences.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/core/parallel.hpp"
#include "bncheck/core/random.hpp"

namespace bncheck::run {
namespace {

using candidate::ChannelPass;
using candidate::ChannelResult;
using gradient::BackwardDifference;
using gradient::BackwardPoint;
using Along = BackwardDifference::Along;

/// Values of dx at a base point that place the backward in a class.
constexpr std::size_t values_of_class = 4096;

/// Steps along a line, and the noise there.
struct BackwardPlan {
    gradient::Steps steps;
    gradient::BackwardNoise found, required;
};

/// A channel whose backward is differenced.
struct Subject {
    std::unique_ptr<DifferencedChannel> channel;
    ChannelBuffer dy;
    std::optional<BackwardPoint> point;
};

class Differences {
public:
    Differences(const Question& q, const candidate::Stack& stack, const Sample& sample, bool has_dgamma)
        : q_(q), stack_(stack), sample_(sample), has_dgamma_(has_dgamma) {
        q_.double_backward = false;
        q_.backward = true;
    }

    BackwardDifferences run() {
        find_class();
        const std::size_t tasks = sample_.columns + 2 * sample_.directions;
        const std::size_t pieces =
            stack_.one_by_one() ? std::clamp<std::size_t>(least_pieces(q_.c.shape.count()) / sample_.channels, 1, tasks) : 1;
        const std::size_t a_piece = (tasks + pieces - 1) / pieces;
        std::vector<BackwardDifferences> parts(sample_.channels * pieces);
        const auto work = [&](std::size_t p) {
            const Subject subject = subject_of(differenced_channel(q_, channel(p / pieces)));
            if (!subject.channel) return;
            const std::size_t first = p % pieces * a_piece, last = std::min(tasks, first + a_piece);
            ask(subject, first, last, parts[p]);
        };
        if (stack_.one_by_one())
            parallel_for_each(parts.size(), work);
        else
            for (std::size_t p = 0; p < parts.size(); ++p) work(p);
        for (const BackwardDifferences& part : parts) {
            result_.gx.merge(part.gx);
            result_.ggamma.merge(part.ggamma);
            result_.gdy.merge(part.gdy);
        }
        result_.of_backward = found_;
        return result_;
    }

private:
    std::size_t channel(std::size_t k) const { return spread(k, sample_.channels, q_.c.shape.channels()); }

    Subject subject_of(std::unique_ptr<DifferencedChannel> channel) const {
        Subject subject;
        if (!channel) return subject;
        subject.channel = std::move(channel);
        subject.dy = ChannelBuffer(q_.c.dtype, q_.c.shape.count());
        subject.dy.visit([&](auto values) { q_.problem.channel("dy", 0, subject.channel->channel, values); });
        const Values dy = subject.dy.values();
        for (std::size_t i = 0; i < dy.size(); ++i)
            if (!std::isfinite(dy[i])) return {};  // dx has no derivative
        subject.point.emplace(gradient::backward_point(subject.channel->base, subject.dy.values()));
        return subject;
    }

    ChannelPass pass(const Subject& s, const Values& x, const Values& dy) const {
        return pass_of(q_, s.channel->base.parameters, s.channel->channel, x, dy);
    }

    /// As run/forward_class.hpp, of dx.
    void find_class() {
        std::vector<std::size_t> classes(2 * sample_.channels, 0);
        const auto place = [&](std::size_t k) {
            const std::size_t c = channel(k / 2);
            const Subject s = subject_of(k % 2 ? channel_nearby(q_, c) : differenced_channel(q_, c));
            if (!s.channel) return;
            const std::vector<ChannelResult> at =
                stack_.run(std::vector{pass(s, s.channel->base.view.x.back(), s.dy.values())});
            classes[k] =
                gradient::backward_class(s.channel->base, s.dy.values(), at[0].elements.values(), q_.flushes, values_of_class);
        };
        if (stack_.one_by_one())
            parallel_for_each(classes.size(), place);
        else
            for (std::size_t k = 0; k < classes.size(); ++k) place(k);
        const std::size_t loosest = *std::max_element(classes.begin(), classes.end());
        found_ = loosest < accuracy_classes ? static_cast<AccuracyClass>(loosest) : q_.required;
    }

    BackwardPlan plan(const BackwardPoint& p, const BackwardDifference& d, std::size_t steps) const {
        const AccuracyClass loosest = std::max({found_, q_.required, AccuracyClass::shifted});
        const double along = d.along == Along::dy ? 0 : gradient::dy_along(p, d);
        const auto noise = [&](const gradient::Steps& s, AccuracyClass c, double dy_step = 0) {
            return gradient::backward_noise(p.base, p.facts, p.dy, along, dy_step, d.line, s, c, q_.flushes);
        };
        if (d.along == Along::dy) {  // dx is linear in dy; a step as long as dy is
            const double size = p.facts.dy.max_abs_dy > 0 ? p.facts.dy.max_abs_dy : 1;
            const gradient::Steps one{std::ldexp(1.0, std::ilogb(size)), 1,
                                      p.base.scales_hold() ? 0 : std::numeric_limits<double>::infinity()};
            return {one, noise({0, 1, 0}, found_, one.h), noise({0, 1, 0}, loosest, one.h)};
        }
        const double scale = std::fabs(p.base.scale()) * p.abs_dy;
        const double near = noise({0, 1, 0}, found_).dx(1, 0, p.abs_dy) / std::max(scale, std::numeric_limits<double>::min());
        const gradient::Steps s = gradient::steps_along(p.base, d.line, near, steps);
        if (!std::isfinite(s.share)) return {s, {}, {}};
        return {s, noise(s, found_), noise(s, loosest)};
    }

    BackwardDifference difference(const Subject& s, std::size_t task, std::vector<signed char>& signs) const {
        const gradient::BasePoint& at = s.channel->base;
        BackwardDifference d;
        d.along = task < sample_.columns                        ? Along::column
                  : task < sample_.columns + sample_.directions ? Along::direction
                                                                : Along::dy;
        d.rows = d.along == Along::column ? (sample_.rows + 1) / 2 : sample_.rows;
        if (d.along == Along::column) {
            d.j = spread(task, sample_.columns, at.xhat.size());
            d.line = gradient::coordinate_line(at);
        } else {
            d.j = (task - sample_.columns) % sample_.directions;
            const std::string name = (d.along == Along::dy ? "direction of dy " : "direction ") + std::to_string(d.j);
            const RandomStream stream(q_.c.suite, q_.c.name, name, q_.c.seed);
            for (std::size_t i = 0; i < at.xhat.size(); ++i)
                signs.push_back(stream.bits(i, static_cast<std::uint32_t>(s.channel->channel)) & 1 ? 1 : -1);
            d.signs = signs;
            d.line = gradient::direction_line(at, signs);
            if (d.along == Along::dy) d.line.spread = 0;
        }
        return d;
    }

    struct Asked {
        BackwardDifference difference;
        std::vector<signed char> signs;
        std::vector<ChannelBuffer> points;
        std::vector<ChannelPass> passes;
    };

    Asked asked(const Subject& s, std::size_t task, std::optional<BackwardPlan>& of_columns) const {
        Asked a;
        a.difference = difference(s, task, a.signs);
        BackwardDifference& d = a.difference;
        const std::size_t steps = d.along == Along::column ? gradient::column_steps : gradient::direction_steps;
        // mean(dy dv) of a column depends on it, by at most max|dy| / m.
        if (d.along == Along::column && !of_columns) {
            BackwardDifference widest = d;
            for (std::size_t i = 0; i < s.dy.values().size(); ++i)
                if (std::fabs(s.dy.values()[i] - s.point->mean_dy) > std::fabs(s.dy.values()[widest.j] - s.point->mean_dy))
                    widest.j = i;
            of_columns = plan(*s.point, widest, steps);
        }
        const BackwardPlan p = d.along == Along::column ? *of_columns : plan(*s.point, d, steps);
        d.steps = p.steps;
        d.found = p.found;
        d.required = p.required;
        if (!std::isfinite(d.steps.share)) return a;
        const Values x = s.channel->base.view.x.back(), dy = s.dy.values();
        for (const double sign : {1.0, -1.0})
            for (std::size_t l = 1; l <= d.steps.count; ++l) {
                const double step = sign * static_cast<double>(l) * d.steps.h;
                const Values& from = d.along == Along::dy ? dy : x;
                a.points.emplace_back(q_.c.dtype, from.size());
                a.points.back().visit([&](auto to) {
                    using S = typename decltype(to)::value_type;
                    for (std::size_t i = 0; i < to.size(); ++i)
                        to[i] = static_cast<S>(from[i] + (a.signs.empty() ? 0 : a.signs[i] * step));
                    if (d.along == Along::column) to[d.j] = static_cast<S>(from[d.j] + step);
                });
                const Values moved = a.points.back().values();
                a.passes.push_back(d.along == Along::dy ? pass(s, x, moved) : pass(s, moved, dy));
            }
        return a;
    }

    void judge(const Subject& s, const Asked& a, std::span<const ChannelResult> answers, BackwardDifferences& part) const {
        std::vector<gradient::BackwardValues> above, below;
        for (std::size_t k = 0; k < answers.size(); ++k) {
            const std::optional<double> dgamma = has_dgamma_ ? std::optional(answers[k].dgamma) : std::nullopt;
            (k < answers.size() / 2 ? above : below).push_back({answers[k].elements.values(), dgamma});
        }
        BackwardDifference d = a.difference;
        d.signs = a.signs;
        gradient::judge_backward_difference(*s.point, s.channel->channel, d, above, below,
                                            d.along == Along::dy ? part.gdy : part.gx, part.ggamma);
    }

    /// One difference at a time of a candidate that is asked channel by channel; else as many as fit into a request.
    void ask(const Subject& s, std::size_t first, std::size_t last, BackwardDifferences& part) const {
        std::optional<BackwardPlan> of_columns;
        std::vector<Asked> pending;
        std::size_t values = 0;
        const auto flush = [&] {
            std::vector<ChannelPass> passes;
            for (const Asked& a : pending)
                for (const ChannelPass& p : a.passes) passes.push_back(p);
            const std::vector<ChannelResult> answers = passes.empty() ? std::vector<ChannelResult>{} : stack_.run(passes);
            std::size_t at = 0;
            for (const Asked& a : pending) {
                judge(s, a, std::span(answers).subspan(at, a.passes.size()), part);
                at += a.passes.size();
            }
            pending.clear();
            values = 0;
        };
        for (std::size_t task = first; task < last; ++task) {
            pending.push_back(asked(s, task, of_columns));
            values += pending.back().passes.size() * q_.c.shape.count();
            if (stack_.one_by_one() || values >= candidate::values_of_request) flush();
        }
        flush();
    }

    Question q_;
    const candidate::Stack& stack_;
    const Sample& sample_;
    bool has_dgamma_;
    AccuracyClass found_ = AccuracyClass::updating;
    BackwardDifferences result_;
};

}  // namespace

BackwardDifferences backward_differences(const Question& question, const candidate::Stack& stack, const Sample& sample,
                                         bool has_dgamma) {
    return Differences(question, stack, sample, has_dgamma).run();
}

}  // namespace bncheck::run
