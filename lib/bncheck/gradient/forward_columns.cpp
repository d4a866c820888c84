#include "bncheck/gradient/forward_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "bncheck/gradient/richardson.hpp"
#include "bncheck/gradient/screen.hpp"

namespace bncheck::gradient {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double u = 0x1p-53;

/// Tolerances are computed from computed magnitudes, whose relative errors, 2^-10 at most where facts.radii hold, this covers.
constexpr double outwards = 1 + 0x1p-9;

/// What the entries of one difference have in common.
struct Column {
    double scale;                 ///< gamma r
    double mean, c;               ///< dv_i = v_i - mean; mean(dv xhat)
    double c_error;               ///< of c
    double c_terms;               ///< mean |dv xhat|, at least
    double certain_a, certain_b;  ///< truncation: certain_a |dv_i| + certain_b |xhat_i|
};

Column column_of(const BasePoint& base, const Difference& d) {
    Column column{};
    const oracle::Linear& xhat_error = base.facts.radii.xhat;
    column.scale = base.scale();
    if (!base.parameters.training) return column;
    const double m = base.m();
    if (d.variable == Variable::x) {
        const double xhat = base.xhat[d.j];
        column.mean = 1 / m;
        column.c = xhat / m;
        column.c_terms = std::fabs(column.c);
        column.c_error = (xhat_error(std::fabs(xhat), 0) + u * std::fabs(xhat)) / m;
    } else {
        double sum = 0, products = 0, magnitudes = 0;
        for (std::size_t i = 0; i < d.signs.size(); ++i) {
            sum += d.signs[i];
            products += d.signs[i] * base.xhat[i];
            magnitudes += std::fabs(base.xhat[i]);
        }
        column.mean = sum / m;
        // sum xhat is zero, so that mean(dv xhat) = mean(v xhat).
        column.c = products / m;
        column.c_terms = magnitudes / m;
        column.c_error = xhat_error(column.c_terms, 0) + (m + 1) * u * column.c_terms;
    }
    // On the disc of half the radius of convergence, R = 1 / (2 r sqrt(w)), |y - beta| <= M = |gamma| (|xhat| + R r |dv|) / (1
    // - 1/2): M / R = 2 |gamma| r (2 sqrt(w) |xhat| + |dv|).
    const double root_w = std::sqrt(d.line.spread), tau = 2 * d.steps.h * base.r() * root_w;
    const double left = truncation(d.steps.count, tau) * 2 * std::fabs(column.scale) * outwards;
    column.certain_a = left;
    column.certain_b = left * 2 * root_w;
    return column;
}

/// Numeric derivative and Ridders' error; `rounding` bounds what its own arithmetic loses.
struct Numeric {
    double value, ridders, rounding;
};

template <std::size_t steps>
Numeric numeric_of(const Weights& w, const std::array<double, most_steps>& D) {
    Numeric n{0, 0, 0};
    double without_last = 0, without_first = 0;
    for (std::size_t l = 0; l < steps; ++l) {
        n.value += w.all[l] * D[l];
        without_last += w.without_last[l] * D[l];
        without_first += w.without_first[l] * D[l];
        n.rounding += std::fabs(w.all[l] * D[l]);
    }
    // Differences, quotients, weights (2 u), products and sums.
    n.rounding *= (5 + steps) * u;
    if (steps > 1) n.ridders = std::max(std::fabs(n.value - without_last), std::fabs(n.value - without_first));
    return n;
}

/// v_i of the difference's variable.
template <Variable variable>
double direction_at(const Difference& d, std::size_t i) {
    if constexpr (variable == Variable::x) return i == d.j ? 1 : 0;
    if constexpr (variable == Variable::direction) return d.signs[i];
    return 0;
}

/// What the vectorised screen needs of all but row j.
ColumnLimits limits_of(const BasePoint& base, const Difference& d, const Column& column, const Weights& w,
                       const std::array<double, most_steps>& per_gap, double gain) {
    const double size = std::fabs(column.scale), dv = std::fabs(column.mean), per_m = 1 / base.m();
    const bool training = base.parameters.training;
    const oracle::Linear& xhat_error = base.facts.radii.xhat;
    ColumnLimits l{};
    for (std::size_t k = 0; k < 2; ++k) {
        l.per_gap[k] = per_gap[k];
        l.weight[k] = w.all[k];
    }
    l.scale = column.scale;
    l.dv = -column.mean;
    l.c = column.c;
    l.abs_c = std::fabs(column.c);
    l.c_error = column.c_error;
    l.rho = base.facts.radii.rho;
    l.xhat_error_a = xhat_error.a;
    l.xhat_error_b = xhat_error.b;
    l.certain_a = column.certain_a * dv;
    l.certain_b = column.certain_b;
    l.noise_a = gain * d.found(0, dv);
    l.noise_b = gain * d.found.slope * d.found.stretch;
    l.terms_a = training ? size * dv : size * per_m;
    l.terms_b = training ? size * column.c_terms : size * per_m;
    l.outwards = outwards;
    return l;
}

template <Variable variable, std::size_t steps, class S>
void judge_entries(const BasePoint& base, std::size_t channel, const Difference& d,
                   const std::array<const S*, most_steps>& above, const std::array<const S*, most_steps>& below,
                   EntryFindings& findings) {
    constexpr bool of_x = variable == Variable::x || variable == Variable::direction;
    const Column column = of_x ? column_of(base, d) : Column{};
    const Weights& w = weights(steps);
    const oracle::Linear& xhat_error = base.facts.radii.xhat;
    const double gap = of_x ? 2 * d.steps.h : d.plus - d.minus, gain = w.noise_gain * 2 / gap;
    const double size = std::fabs(column.scale), rho = base.facts.radii.rho, per_m = 1 / base.m();
    std::array<double, most_steps> per_gap{};
    for (std::size_t l = 0; l < steps; ++l) per_gap[l] = 1 / (gap * static_cast<double>(l + 1));
    const bool can_fail = std::isfinite(d.required.constant + d.required.slope);
    const std::size_t m = base.xhat.size();
    const auto judge_row = [&](std::size_t i) {
        std::array<double, most_steps> D{};
        for (std::size_t l = 0; l < steps; ++l)
            D[l] = (static_cast<double>(above[l][i]) - static_cast<double>(below[l][i])) * per_gap[l];
        const Numeric n = numeric_of<steps>(w, D);
        const double xhat = base.xhat[i], abs_xhat = std::fabs(xhat), e = xhat_error(abs_xhat, 0);
        double analytic, radius, terms, dv = 0, certain = 0;
        if constexpr (of_x) {
            const double signed_dv = direction_at<variable>(d, i) - column.mean, product = xhat * column.c;
            dv = std::fabs(signed_dv);
            analytic = column.scale * (signed_dv - product);
            // Roundings of mean, difference, product and scale; the errors of xhat, of c and of r.
            radius = size * (3 * u * (1 + dv) + 3 * u * std::fabs(product) + e * std::fabs(column.c) +
                             (abs_xhat + e) * column.c_error) +
                     (rho + 3 * u) * std::fabs(analytic);
            // In inference an entry beside the diagonal is 0: what it would be if the statistics were the batch's counts.
            terms = base.parameters.training ? size * (dv + abs_xhat * column.c_terms)
                                             : size * std::max(dv, (1 + abs_xhat) * per_m);
            certain = column.certain_a * dv + column.certain_b * abs_xhat;
        } else {
            analytic = variable == Variable::gamma ? xhat : 1;
            radius = variable == Variable::gamma ? e : 0;
            terms = std::max(1.0, abs_xhat);  // xhat is 1 in the quadratic mean, unless eps exceeds v
        }
        const double error = std::fabs(n.value - analytic);
        const double known = (n.ridders + certain + n.rounding + radius) * outwards;
        const double estimated = known + gain * d.found(abs_xhat, dv);
        const double most = can_fail ? known + gain * d.required(abs_xhat, dv) : infinity;
        findings.add({channel, i, d.j, analytic, n.value, error, estimated}, terms, most);
    };
    if (d.rows == 0 || d.rows >= m) {
        if constexpr (variable == Variable::x && steps == 2) {
            double max_abs = findings.max_abs;
            const ColumnLimits limits = limits_of(base, d, column, w, per_gap, gain);
            const auto judge_between = [&](std::size_t i, std::size_t end) {
                while (i < end) {
                    const double ratio = findings.worst ? findings.ratio : 0;
                    const std::size_t open =
                        first_open(limits, base.xhat.data(), above.data(), below.data(), i, end, ratio, max_abs);
                    findings.entries += open - i;
                    i = open;
                    for (const std::size_t next = std::min(end, i + 8); i < next; ++i) judge_row(i);  // a vector at most
                }
            };
            judge_row(d.j);
            judge_between(0, d.j);
            judge_between(d.j + 1, m);
            findings.max_abs = std::max(findings.max_abs, max_abs);
        } else {
            for (std::size_t i = 0; i < m; ++i) judge_row(i);
        }
    } else {
        judge_row(d.j);
        for (std::size_t k = 1; k < d.rows; ++k) judge_row((d.j + k * m / d.rows) % m);
    }
}

template <Variable variable, std::size_t steps>
void judge_values(const BasePoint& base, std::size_t channel, const Difference& d, std::span<const Values> above,
                  std::span<const Values> below, EntryFindings& findings) {
    const auto pointers = [](std::span<const Values> values, auto get) {
        std::array<decltype(get(values[0])), most_steps> result{};
        for (std::size_t l = 0; l < steps; ++l) result[l] = get(values[l]);
        return result;
    };
    const auto narrow = [](const Values& v) { return v.narrow(); };
    const auto wide = [](const Values& v) { return v.wide(); };
    if (above[0].narrow())
        judge_entries<variable, steps, float>(base, channel, d, pointers(above, narrow), pointers(below, narrow), findings);
    else
        judge_entries<variable, steps, double>(base, channel, d, pointers(above, wide), pointers(below, wide), findings);
}

}  // namespace

void judge_difference(const BasePoint& base, std::size_t channel, const Difference& d, std::span<const Values> above,
                      std::span<const Values> below, EntryFindings& findings) {
    if (!std::isfinite(d.steps.share)) {
        ++findings.entries;
        ++findings.inconclusive;
        return;
    }
    findings.evaluations += above.size() + below.size();
    switch (d.variable) {
        case Variable::x:
            return judge_values<Variable::x, column_steps>(base, channel, d, above, below, findings);
        case Variable::direction:
            return judge_values<Variable::direction, direction_steps>(base, channel, d, above, below, findings);
        case Variable::gamma:
            return judge_values<Variable::gamma, 1>(base, channel, d, above, below, findings);
        case Variable::beta:
            return judge_values<Variable::beta, 1>(base, channel, d, above, below, findings);
    }
}

}  // namespace bncheck::gradient
