#include "support/second_order_alarm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bncheck/core/random.hpp"
#include "bncheck/judge/second_order_bounds.hpp"
#include "support/flushing.hpp"

namespace bncheck::test {

SecondInput SecondChannel::input() const {
    return {first.training, first.x[0],         *first.dy,        ddx, first.eps, first.gamma, ddgamma,
            ddbeta,         first.running_mean, first.running_var};
}

SecondChannel second_channel(std::uint64_t seed, Dtype dtype) {
    const RandomStream draw("test", "second", name_of(dtype), seed), normals("test", "second", "normal", seed);
    std::uint64_t next = 0, next_normal = 0;
    const auto pick = [&](std::size_t n) { return draw.below(n, next++); };
    const auto uniform = [&](double low, double high) { return low + (high - low) * draw.uniform(next++); };
    const auto normal = [&] { return normals.normal(next_normal++); };
    const Format format = format_of(dtype), parameters = format_of(statistics_dtype(dtype));
    const bool small = format.max_exponent < 100, wide = dtype == Dtype::float64;
    const std::size_t m = pick(10) < 7 ? 2 + pick(7) : pick(10) < 9 ? 9 + pick(56) : 65 + pick(600);
    const double reach = small ? 2 : pick(10) ? 3 : wide ? 90 : 9;
    const double deviation = std::pow(10, uniform(-reach, reach));
    const double most = small ? 2 : wide ? 12 : 6;
    const double mean = pick(4) == 0 ? 0 : (pick(2) ? 1 : -1) * deviation * std::pow(10, uniform(-1, most));
    const std::size_t kind = pick(8);
    SecondChannel c{dtype, {}, {}, 0, 0};
    c.first.x.assign(1, std::vector<double>(m));
    c.first.dy.emplace(m);
    c.ddx.resize(m);
    std::vector<double>& x = c.first.x[0];
    for (std::size_t i = 0; i < m; ++i) {
        x[i] = kind == 0   ? mean + deviation * std::round(3 * normal())
               : kind == 1 ? mean + (i % 2 ? deviation : -deviation)
               : kind == 2 ? mean
                           : mean + deviation * normal();
        if (kind == 3 && i == 0) x[i] += deviation * std::pow(10, uniform(1, small ? 2 : 4));
        x[i] = std::clamp(format.round(x[i]), -format.largest(), format.largest());
    }
    const auto fill = [&](std::vector<double>& z) {
        const std::size_t how = pick(8);
        const double scale = pick(3) ? 1 : std::pow(10, uniform(-4, small ? 2 : 4)), offset = pick(3) ? 0 : uniform(-100, 100);
        for (std::size_t i = 0; i < m; ++i)
            z[i] = std::clamp(format.round(how == 0   ? scale
                                           : how == 1 ? scale * (x[i] - mean) / deviation
                                           : how == 2 ? scale * (x[i] - mean) / deviation + offset
                                           : how == 3 ? scale * std::round(3 * normal())
                                                      : scale * (normal() + offset)),
                              -format.largest(), format.largest());
    };
    fill(*c.first.dy);
    fill(c.ddx);
    if (pick(10) == 0) c.ddx = *c.first.dy;
    c.first.training = pick(12) != 0;
    static constexpr double epsilons[] = {0, 1e-12, 1e-5, 1e-3, 1};
    const std::size_t choice = pick(7);
    c.first.eps = choice < 5 ? epsilons[choice] : deviation * deviation * std::pow(10, uniform(-6, 2));
    if (kind == 2 && c.first.eps == 0) c.first.eps = 1e-3;
    c.first.gamma = parameters.round(pick(20) ? normal() : 0);
    c.ddgamma = parameters.round(pick(4) ? normal() : 0);
    c.ddbeta = parameters.round(pick(4) ? normal() : 0);
    c.first.running_mean = parameters.round(pick(3) ? mean : normal());
    c.first.running_var = parameters.round(uniform(0.5, 2) * (pick(3) ? deviation * deviation : 1));
    return c;
}

struct SecondOrderJudge::State {
    Dtype dtype;
    oracle::SecondOrderView view;
    oracle::SecondOrderFacts facts;
    judge::SecondOrderBounds bounds;
    oracle::SecondOrderTruth truth;
    std::map<std::string, std::vector<judge::ChannelBounds::PerClass>> known;

    State(const SecondChannel& c, bool flushes)
        : dtype(c.dtype),
          view(c.view()),
          facts(oracle::second_order_facts(view, c.dtype)),
          bounds(view, facts, c.dtype, flushes),
          truth(view, facts) {}
};

SecondOrderJudge::SecondOrderJudge(const SecondChannel& channel, bool flushes)
    : state_(std::make_unique<State>(channel, flushes)) {}
SecondOrderJudge::~SecondOrderJudge() = default;

oracle::SecondOrderTruth& SecondOrderJudge::truth() { return state_->truth; }

double SecondOrderJudge::ratio(const std::string& tensor, std::size_t i, double got, AccuracyClass c) {
    std::vector<judge::ChannelBounds::PerClass>& known = state_->known[tensor];
    for (std::size_t k = known.size(); k <= i; ++k) known.push_back(state_->bounds.at(tensor, k));
    const double limit = known[i][static_cast<std::size_t>(c)];
    if (!std::isfinite(limit)) return std::nan("");
    const oracle::Enclosure want = state_->truth.at(tensor, i, oracle::LevelName::mpfr);
    if (std::isinf(got)) {
        const Format format = format_of(tensor == "ggamma" ? statistics_dtype(state_->dtype) : state_->dtype);
        return std::copysign(1.0, got) * want.hi + limit > format.largest() ? 0 : INFINITY;
    }
    if (std::isnan(got)) return INFINITY;
    const oracle::Distance error = oracle::distance(got, want);
    return error.least / limit;
}

AlarmReport judge_right_double_backwards(Dtype dtype, std::uint64_t first, std::size_t count, bool flushes) {
    AlarmReport report;
    const Format stored = format_of(dtype);
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const SecondChannel channel = second_channel(seed, dtype);
        SecondOrderJudge judge(channel, flushes);
        const SecondInput input = channel.input();
        for (std::size_t way = 0; way < sums_count * 2; ++way) {
            const Way w{static_cast<Sums>(way / 2), way % 2 == 1, static_cast<double>(static_cast<int>(seed % 5)) - 2};
            const AccuracyClass own = class_of(w.sums);
            for (std::size_t a = 0; a < second_arrangements; ++a) {
                const auto arrangement = static_cast<SecondArrangement>(a);
                const SecondOutput out = [&] {
                    const Flushing flushing(flushes);
                    return dtype == Dtype::float64 ? run_double_backward<double>(w, arrangement, input)
                                                   : run_double_backward<float>(w, arrangement, input);
                }();
                const auto hold = [&](const std::string& tensor, const double* got, std::size_t n, bool elementwise) {
                    Utilisation& u = report.utilisation[{std::string(bncheck::name_of(own)), tensor}];
                    ++u.cases;
                    double worst = 0;
                    std::size_t at = 0;
                    for (std::size_t i = 0; i < n; ++i) {
                        const double ratio = judge.ratio(tensor, i, elementwise ? stored.round(got[i]) : got[i], own);
                        if (std::isnan(ratio)) {
                            ++u.inconclusive;
                            return;
                        }
                        if (ratio > worst) {
                            worst = ratio;
                            at = i;
                        }
                    }
                    u.ratios.push_back(static_cast<float>(worst));
                    if (worst <= 1) return;
                    ++report.alarm_count;
                    if (++report.by_sums[way / 2] <= 5)
                        report.alarms.push_back(fmt::format("seed {} {} {} {}{} {}[{}]: {:.4g} of the bound, m {}", seed,
                                                            bncheck::name_of(dtype), name_of(w.sums), name_of(arrangement),
                                                            w.reciprocal_m ? " by 1/m" : "", tensor, at, worst,
                                                            channel.ddx.size()));
                };
                hold("gdy", out.gdy.data(), out.gdy.size(), true);
                hold("gx", out.gx.data(), out.gx.size(), true);
                hold("ggamma", &out.ggamma, 1, false);
            }
        }
    }
    return report;
}

}  // namespace bncheck::test
