#include "bncheck/run/forward_differences.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "bncheck/core/parallel.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/gradient/forward_columns.hpp"

namespace bncheck::run {
namespace {

using candidate::ChannelPass;
using candidate::ChannelResult;
using gradient::BasePoint;
using gradient::Difference;
using gradient::Variable;

/// Values of y, in all points, that a request and (without --full) a case may ask for.
constexpr std::size_t values_of_request = std::size_t{1} << 21, values_of_case = std::size_t{1} << 23;
constexpr std::size_t least_pieces = 64;
/// Values of y at a base point that place the forward in a class.
constexpr std::size_t values_of_class = 4096;

std::size_t points_of(const Sample& s) {
    return 2 * (gradient::column_steps * s.columns + gradient::direction_steps * s.directions + 2);
}

/// Steps along a line, and the noise there.
struct Plan {
    gradient::Steps steps;
    gradient::Noise found, required;
};

/// Base point and parameters of one channel.
struct Base {
    BasePoint point;
    std::optional<Plan> of_columns;  ///< the same for every coordinate
};

std::unique_ptr<Base> base_of(const Question& q, std::size_t channel) {
    const ChannelEvidence inputs = channel_inputs(q, channel);
    const oracle::ChannelView view = view_of(q, inputs);
    auto base = std::make_unique<Base>();
    if (!gradient::set_base_point(base->point, view, q.c.dtype)) return nullptr;
    return base;
}

/// A difference with the points that it needs y of: first those of + h, + 2h, ..., then those of - h, ...
struct Asked {
    Difference difference;
    std::vector<signed char> signs;
    std::vector<ChannelBuffer> points;
    std::vector<ChannelPass> passes;
};

class Differences {
public:
    Differences(const Question& q, const candidate::Stack& stack, const Sample& sample)
        : q_(q), stack_(stack), sample_(sample), tasks_(sample.columns + sample.directions + (q.c.affine ? 2 : 0)) {}

    ForwardDifferences run() {
        find_class();
        if (stack_.one_by_one())
            run_in_pieces();
        else
            run_in_requests();
        return std::move(result_);
    }

private:
    ChannelPass pass(const Base& base, std::size_t of, const Values& x) const {
        return pass_of(q_, base.point.parameters, of, x);
    }
    std::size_t channel(std::size_t k) const { return spread(k, sample_.channels, q_.c.shape.channels()); }

    /// A base point some whole grid units away in every value, by at most an eighth of a standard deviation.
    std::unique_ptr<Base> near(std::size_t channel) const {
        const std::unique_ptr<Base> base = base_of(q_, channel);
        if (!base) return nullptr;
        const BasePoint& at = base->point;
        const double most = std::min(std::floor(1 / (8 * at.r() * at.grid)), 0x1p31);
        const RandomStream stream(q_.c.suite, q_.c.name, "near", q_.c.seed);
        ChannelBuffer x(at.dtype, at.xhat.size());
        x.visit([&](auto values) {
            using S = typename decltype(values)::value_type;
            for (std::size_t i = 0; i < values.size(); ++i) {
                const auto units =
                    stream.below(static_cast<std::uint64_t>(2 * most) + 1, i, static_cast<std::uint32_t>(channel));
                values[i] = static_cast<S>(at.view.x.back()[i] + (static_cast<double>(units) - most) * at.grid);
            }
        });
        oracle::ChannelView view = at.view;
        view.x = {x.values()};
        auto moved = std::make_unique<Base>();
        return gradient::set_base_point(moved->point, view, q_.c.dtype) ? std::move(moved) : nullptr;
    }

    /// The loosest of the classes of y at the channels' base points and at points near them: what its noise is taken from.
    /// Those near are there for data whose sums are exact at the base point alone.
    void find_class() {
        std::vector<std::size_t> classes(2 * sample_.channels, 0);
        const auto base_at = [&](std::size_t k) { return k % 2 ? near(channel(k / 2)) : base_of(q_, channel(k / 2)); };
        const auto place = [&](std::size_t k, const Base& base, const ChannelResult& at) {
            classes[k] = gradient::forward_class(base.point, at.elements.values(), q_.flushes, values_of_class);
        };
        const auto pass_at = [&](std::size_t k, const Base& base) {
            return pass(base, channel(k / 2), base.point.view.x.back());
        };
        if (stack_.one_by_one()) {
            parallel_for_each(classes.size(), [&](std::size_t k) {
                if (const auto base = base_at(k)) place(k, *base, stack_.run(std::vector{pass_at(k, *base)})[0]);
            });
        } else {
            const std::size_t together = std::max<std::size_t>(1, values_of_request / q_.c.shape.count());
            for (std::size_t first = 0; first < classes.size(); first += together) {
                std::vector<std::pair<std::size_t, std::unique_ptr<Base>>> bases;
                std::vector<ChannelPass> passes;
                for (std::size_t k = first; k < std::min(classes.size(), first + together); ++k)
                    if (auto base = base_at(k)) {
                        passes.push_back(pass_at(k, *base));
                        bases.emplace_back(k, std::move(base));
                    }
                if (passes.empty()) continue;
                const std::vector<ChannelResult> results = stack_.run(passes);
                for (std::size_t b = 0; b < bases.size(); ++b) place(bases[b].first, *bases[b].second, results[b]);
            }
        }
        // A forward that is in no class errs by unknown amounts: the noise is then that of the required one.
        const std::size_t loosest = *std::max_element(classes.begin(), classes.end());
        found_ = loosest < accuracy_classes ? static_cast<AccuracyClass>(loosest) : q_.required;
        result_.of_forward = found_;
        result_.placed = loosest < accuracy_classes;
    }

    Plan plan(const BasePoint& at, const gradient::Line& line, std::size_t count) const {
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

    AccuracyClass loosest() const { return std::max({found_, q_.required, AccuracyClass::shifted}); }

    Asked asked(Base& base, std::size_t channel, std::size_t task) const {
        Asked a;
        Difference& d = a.difference;
        const BasePoint& at = base.point;
        const double gamma = std::fabs(at.parameters.gamma), beta = std::fabs(at.parameters.beta);
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
                a.signs.push_back(stream.bits(i, static_cast<std::uint32_t>(channel)) & 1 ? 1 : -1);
            d.line = gradient::direction_line(at, a.signs);
        } else {
            d.variable = task == tasks_ - 1 ? Variable::beta : Variable::gamma;
            d.rows = 2 * sample_.rows;
            ask_of_parameter(base, channel, gamma, beta, a);
            return a;
        }
        const std::size_t count = d.variable == Variable::x ? gradient::column_steps : gradient::direction_steps;
        Plan of_line;
        if (d.variable == Variable::x) {
            if (!base.of_columns) base.of_columns = plan(at, d.line, count);
            of_line = *base.of_columns;
        } else {
            of_line = plan(at, d.line, count);
        }
        d.steps = of_line.steps;
        d.found = of_line.found;
        d.required = of_line.required;
        if (!std::isfinite(d.steps.share)) return a;
        for (const double sign : {1.0, -1.0})
            for (std::size_t l = 1; l <= count; ++l) {
                a.points.emplace_back(at.dtype, at.xhat.size());
                const double step = sign * static_cast<double>(l) * d.steps.h;
                a.points.back().visit([&](auto values) { move(at, d, a.signs, step, values); });
                a.passes.push_back(pass(base, channel, a.points.back().values()));
            }
        return a;
    }

    template <class S>
    static void move(const BasePoint& at, const Difference& d, const std::vector<signed char>& signs, double step,
                     std::span<S> to) {
        const Values& x = at.view.x.back();
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<S>(x[i] + (signs.empty() ? 0 : signs[i] * step));
        if (d.variable == Variable::x) to[d.j] = static_cast<S>(x[d.j] + step);
    }

    /// y is linear in gamma and beta: one long step, to the numbers of the type nearest to it.
    void ask_of_parameter(const Base& base, std::size_t channel, double gamma, double beta, Asked& a) const {
        Difference& d = a.difference;
        const bool of_gamma = d.variable == Variable::gamma;
        const double value = of_gamma ? base.point.parameters.gamma : base.point.parameters.beta;
        // Long enough that y changes by as much as it has.
        const double step = of_gamma ? std::max(gamma, 1.0) : std::max(beta, gamma * std::max(1.0, base.point.most_xhat));
        const Format format = format_of(statistics_dtype(q_.c.dtype));
        d.plus = format.round(value + (step > 0 ? step : 1));
        d.minus = format.round(value - (step > 0 ? step : 1));
        d.steps = {1, 1, d.plus > d.minus ? 0 : std::numeric_limits<double>::infinity()};
        const double most = std::max(std::fabs(d.plus), std::fabs(d.minus));
        const gradient::Steps none{0, 1, 0};
        const auto noise = [&](AccuracyClass c) {
            return gradient::forward_noise(base.point, d.line, none, c, q_.flushes, of_gamma ? most : gamma,
                                           of_gamma ? beta : most);
        };
        d.found = noise(found_);
        d.required = noise(loosest());
        for (const double at : {d.plus, d.minus}) {
            a.passes.push_back(pass(base, channel, base.point.view.x.back()));
            (of_gamma ? a.passes.back().gamma : a.passes.back().beta) = at;
        }
    }

    void judge(const Base& base, std::size_t channel, Asked& a, std::span<const ChannelResult> answers,
               ForwardDifferences& result) const {
        std::vector<Values> above, below;
        for (std::size_t k = 0; k < answers.size(); ++k)
            (k < answers.size() / 2 ? above : below).push_back(answers[k].elements.values());
        a.difference.signs = a.signs;
        judge::EntryFindings& to = a.difference.variable == Variable::x           ? result.columns
                                   : a.difference.variable == Variable::direction ? result.directions
                                   : a.difference.variable == Variable::gamma     ? result.gamma
                                                                                  : result.beta;
        gradient::judge_difference(base.point, channel, a.difference, above, below, to);
    }

    static void merge(ForwardDifferences& into, const ForwardDifferences& from) {
        into.columns.merge(from.columns);
        into.directions.merge(from.directions);
        into.gamma.merge(from.gamma);
        into.beta.merge(from.beta);
        into.without_derivative += from.without_derivative;
    }

    /// Channels, or parts of one, side by side; a difference at a time, so that no Jacobian is ever there.
    void run_in_pieces() {
        // Enough pieces for the threads there may be; the base point of a channel is made once a piece.
        const std::size_t pieces = std::clamp<std::size_t>(least_pieces / sample_.channels, 1, tasks_);
        const std::size_t tasks_a_piece = (tasks_ + pieces - 1) / pieces;
        std::vector<ForwardDifferences> parts(sample_.channels * pieces);
        parallel_for_each(parts.size(), [&](std::size_t p) {
            const std::size_t of = channel(p / pieces), first = p % pieces * tasks_a_piece;
            const std::unique_ptr<Base> base = base_of(q_, of);
            if (!base) {
                parts[p].without_derivative = first == 0;
                return;
            }
            for (std::size_t task = first; task < std::min(tasks_, first + tasks_a_piece); ++task) {
                Asked a = asked(*base, of, task);
                judge(*base, of, a, stack_.run(a.passes), parts[p]);
            }
        });
        for (const ForwardDifferences& part : parts) merge(result_, part);
    }

    /// As many differences as fit into a request, of whatever channels.
    void run_in_requests() {
        struct Pending {
            const Base* base;
            std::size_t channel;
            Asked asked;
        };
        std::vector<std::unique_ptr<Base>> bases;
        std::vector<Pending> pending;
        std::size_t values = 0;
        const auto flush = [&] {
            std::vector<ChannelPass> passes;
            for (const Pending& p : pending)
                for (const ChannelPass& pass : p.asked.passes) passes.push_back(pass);
            const std::vector<ChannelResult> answers = passes.empty() ? std::vector<ChannelResult>{} : stack_.run(passes);
            std::size_t at = 0;
            for (Pending& p : pending) {
                judge(*p.base, p.channel, p.asked, std::span(answers).subspan(at, p.asked.passes.size()), result_);
                at += p.asked.passes.size();
            }
            pending.clear();
            values = 0;
            if (bases.size() > 1) bases.erase(bases.begin(), bases.end() - 1);
        };
        for (std::size_t k = 0; k < sample_.channels; ++k) {
            std::unique_ptr<Base> base = base_of(q_, channel(k));
            if (!base) {
                ++result_.without_derivative;
                continue;
            }
            bases.push_back(std::move(base));
            for (std::size_t task = 0; task < tasks_; ++task) {
                Asked a = asked(*bases.back(), channel(k), task);
                values += a.passes.size() * q_.c.shape.count();
                pending.push_back({bases.back().get(), channel(k), std::move(a)});
                if (values >= values_of_request) flush();
            }
        }
        flush();
    }

    const Question& q_;
    const candidate::Stack& stack_;
    const Sample& sample_;
    std::size_t tasks_;
    AccuracyClass found_ = AccuracyClass::updating;
    ForwardDifferences result_;
};

}  // namespace

std::size_t spread(std::size_t k, std::size_t count, std::size_t n) { return count < 2 ? 0 : k * (n - 1) / (count - 1); }

Sample sample_of(const suite::Case& c, bool full, bool one_by_one) {
    const std::size_t m = c.shape.count(), channels = c.shape.channels();
    if (full) return {channels, m, 0, 2};
    Sample sample{channels, std::min<std::size_t>(m, 4), std::min<std::size_t>(m, 16), 2};
    if (one_by_one) return sample;
    while (points_of(sample) * m * std::min<std::size_t>(channels, 4) > values_of_case && sample.columns > 1) {
        sample.columns /= 2;
        sample.directions = 1;
    }
    sample.channels = std::clamp<std::size_t>(values_of_case / (points_of(sample) * m), 1, channels);
    return sample;
}

ForwardDifferences forward_differences(const Question& question, const candidate::Stack& stack, const Sample& sample) {
    return Differences(question, stack, sample).run();
}

}  // namespace bncheck::run
