#include <algorithm>
#include <numeric>

#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {
namespace {

/// y and dx of values that are normalized group by group, each by its own statistics. `group` numbers them from 0.
template <class Group>
Edit normalized_by(Group group) {
    return in_training(in_forward([group](StagedChannel& s) {
        std::vector<double> total(s.m()), squares(s.m()), size(s.m());
        for (std::size_t i = 0; i < s.m(); ++i) {
            total[group(s, i)] += s.x[i];
            size[group(s, i)] += 1;
        }
        const auto deviation = [&](std::size_t i) { return s.x[i] - total[group(s, i)] / size[group(s, i)]; };
        for (std::size_t i = 0; i < s.m(); ++i) squares[group(s, i)] += deviation(i) * deviation(i);
        for (std::size_t i = 0; i < s.m(); ++i)
            s.y[i] = s.gamma * deviation(i) / std::sqrt(squares[group(s, i)] / size[group(s, i)] + s.eps) + s.beta;
    }));
}

/// Mean and biased variance of any values.
void take(StagedChannel& s, const std::vector<double>& values) {
    const double n = static_cast<double>(values.size());
    s.mu = std::accumulate(values.begin(), values.end(), 0.0) / n;
    s.v = 0;
    for (double value : values) s.v += (value - s.mu) * (value - s.mu) / n;
}

/// The statistics with sums divided by another count than m.
template <class Divisor>
Edit divided_by(Divisor divisor) {
    return in_training([divisor](StagedChannel& s) {
        if (divisor(s) == s.count()) return;
        s.mu = s.mu * s.count() / divisor(s);
        double squares = 0;
        for (double value : s.x) squares += (value - s.mu) * (value - s.mu);
        s.v = squares / divisor(s);
    });
}

}  // namespace

std::vector<PlantedBug> statistics_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::statistics;
    return {
        {"variance-unbiased", kind, "x is normalized by the unbiased variance, sum/(m - 1)", statistics,
         in_training([](StagedChannel& s) { s.v *= s.m() > 1 ? s.count() / (s.count() - 1) : 1; })},
        {"variance-over-m-plus-1", kind, "squares are divided by m + 1", statistics,
         in_training([](StagedChannel& s) { s.v *= s.count() / (s.count() + 1); })},
        {"mean-over-m-minus-1", kind, "the mean, too, is divided by m - 1", statistics,
         divided_by([](const StagedChannel& s) { return std::max(1.0, s.count() - 1); })},
        {"count-is-the-batch", kind, "sums are divided by N, the spatial size is forgotten", statistics,
         divided_by([](const StagedChannel& s) { return static_cast<double>(s.samples()); })},
        {"count-is-the-area", kind, "sums are divided by the spatial size, N is forgotten", statistics,
         divided_by([](const StagedChannel& s) { return static_cast<double>(s.spatial()); })},
        {"count-in-16-bits", kind, "m is kept in 16 bits and wraps around at 65536", statistics,
         divided_by([](const StagedChannel& s) { return static_cast<double>(s.m() & 0xffff); })},
        {"count-rounded-to-8-bits", kind, "m is kept as a bfloat16", statistics,
         divided_by([](const StagedChannel& s) { return format_of(Dtype::bfloat16).round(s.count()); })},
        {"variance-about-zero", kind, "the variance is mean(x^2), the mean is not subtracted", statistics,
         in_training([](StagedChannel& s) { s.v += s.mu * s.mu; })},
        {"variance-about-running-mean", kind, "the squares are about the running mean", statistics,
         in_training([](StagedChannel& s) { s.v += (s.mu - s.old_mean) * (s.mu - s.old_mean); })},
        {"mean-absolute-deviation", kind, "the spread is mean |x - mean|", statistics, in_training([](StagedChannel& s) {
             double total = 0;
             for (double value : s.x) total += std::fabs(value - s.mu);
             s.v = total / s.count() * (total / s.count());
         })},
        {"per-sample", kind, "every sample is normalized by itself, as instance normalization does", output,
         normalized_by([](const StagedChannel& s, std::size_t i) { return i / s.spatial(); })},
        {"per-position", kind, "every position is normalized over the batch alone, as if it were a feature", output,
         normalized_by([](const StagedChannel& s, std::size_t i) { return i % s.spatial(); })},
        {"across-channels", kind, "statistics are those of all channels together", statistics,
         in_training([](StagedChannel& s) {
             std::vector<double> all;
             for (std::size_t ch = 0; ch < s.channels(); ++ch) {
                 const std::vector<double> values = s.input("x", ch, s.c.layout);
                 all.insert(all.end(), values.begin(), values.end());
             }
             take(s, all);
         })},
        {"save-invstd-is-stddev", kind, "the standard deviation is saved, not its inverse", saved,
         [](StagedChannel& s) { s.save_invstd = std::sqrt(s.q); }},
        {"save-invstd-is-variance", kind, "the variance is saved where the inverse standard deviation is due", saved,
         [](StagedChannel& s) { s.save_invstd = s.v; }},
        {"save-invstd-without-eps", kind, "the saved inverse standard deviation lacks eps", saved,
         [](StagedChannel& s) { s.save_invstd = 1 / std::sqrt(s.v); }},
        {"save-invstd-unbiased", kind, "the saved inverse standard deviation is of the unbiased variance", saved,
         [](StagedChannel& s) {
             if (s.m() > 1) s.save_invstd = 1 / std::sqrt(bn::unbiased(s.v, s.m()) + s.eps);
         }},
        {"save-var-with-eps", kind, "eps is in the saved variance", saved, [](StagedChannel& s) { s.save_var = s.q; }},
        {"save-var-unbiased", kind, "the saved variance is the unbiased one", saved,
         [](StagedChannel& s) {
             if (s.m() > 1) s.save_var = bn::unbiased(s.v, s.m());
         }},
        {"save-mean-is-running-mean", kind, "the updated running mean is saved for the backward", saved,
         [](StagedChannel& s) { s.save_mean = s.running_mean; }},
    };
}

}  // namespace bncheck::diagnose
