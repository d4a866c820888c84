#include "bncheck/gradient/backward_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "bncheck/gradient/richardson.hpp"

namespace bncheck::gradient {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double u = 0x1p-53, outwards = 1 + 0x1p-9;  // as in forward_columns.cpp

using Along = BackwardDifference::Along;

double direction_at(const BackwardDifference& d, std::size_t i) {
    return d.along == Along::column ? (i == d.j ? 1 : 0) : static_cast<double>(d.signs[i]);
}

/// Sums over the channel that a direction v enters; `abs_` ones of magnitudes.
struct Sums {
    double mean = 0, s = 0, with_dy = 0;
    double abs_mean = 0, abs_s = 0, abs_with_dy = 0;
};

Sums sums_of(const BackwardPoint& p, const BackwardDifference& d) {
    Sums sums;
    const auto add = [&](std::size_t i, double v) {
        const double xhat = p.base.xhat[i], g = p.dy[i];
        sums.mean += v;
        sums.s += v * xhat;
        sums.with_dy += v * g;
        sums.abs_mean += std::fabs(v);
        sums.abs_s += std::fabs(v * xhat);
        sums.abs_with_dy += std::fabs(v * g);
    };
    if (d.along == Along::column)
        add(d.j, 1);
    else
        for (std::size_t i = 0; i < d.signs.size(); ++i) add(i, d.signs[i]);
    for (double* sum : {&sums.mean, &sums.s, &sums.with_dy, &sums.abs_mean, &sums.abs_s, &sums.abs_with_dy}) *sum /= p.base.m();
    return sums;
}

/// The exact derivative of one output, how far it may be off, the size of its terms, and the truncation that is certain over
/// truncation(steps, tau).
struct Exact {
    double value, radius, terms, certain;
};

class Derivative {
public:
    Derivative(const BackwardPoint& p, const BackwardDifference& d) : p_(p), d_(d), v_(sums_of(p, d)) {
        const oracle::Radii& radii = p.facts.radii;
        // Sums of m terms, a dozen operations, and the errors of xhat and r, relative to magnitudes in which xhat counts as
        // |xhat| + 1.
        relative_ = (p.base.m() + 24) * u + 4 * (radii.xhat.a + radii.xhat.b + radii.rho);
        B_ = v_.with_dy - (training() ? v_.mean * p.mean_dy + v_.s * p.s : 0);
        root_w_ = std::sqrt(d.line.spread);
        change_ = root_w_ > 0 ? dy_along(p, d) / (2 * root_w_) : 0;
    }

    Exact dx(std::size_t i) const { return d_.along == Along::dy ? by_dy(i) : by_x(i); }

    /// m s(t): |s| <= 2 (|s| + |mean dy dv| / (2 sqrt(w))) on the disc of half of rho.
    Exact dgamma() const {
        const double scale = p_.base.m() * p_.base.r();
        const double terms =
            std::fabs(v_.with_dy) + (training() ? std::fabs(v_.mean * p_.mean_dy) + std::fabs(v_.s * p_.s) : 0);
        const double sizes =
            v_.abs_with_dy + v_.abs_mean * p_.abs_dy + (v_.abs_s + v_.abs_mean) * (p_.abs_products + p_.abs_dy);
        return {scale * B_, relative_ * scale * sizes, scale * terms, 4 * scale * root_w_ * (std::fabs(p_.s) + change_)};
    }

private:
    bool training() const { return p_.base.parameters.training; }

    Exact by_x(std::size_t i) const {
        const double r = p_.base.r(), scale = p_.base.parameters.gamma * r * r, size = std::fabs(scale);
        const double xhat = p_.base.xhat[i], X = std::fabs(xhat), g = p_.dy[i], v = direction_at(d_, i);
        const double terms =
            size *
            (X * (std::fabs(v_.with_dy) + std::fabs(v_.mean * p_.mean_dy) + 3 * std::fabs(v_.s * p_.s)) +
             std::fabs(p_.s) * (std::fabs(v) + std::fabs(v_.mean)) + std::fabs(v_.s) * (std::fabs(g) + std::fabs(p_.mean_dy)));
        if (!training()) return {0, 0, terms, 0};  // what it would be if the statistics were the batch's
        const double products = p_.abs_products + p_.abs_dy, abs_s = v_.abs_s + v_.abs_mean;  // xhat as |xhat| + 1
        const double P_v = v - v_.mean - xhat * v_.s, P_g = g - p_.mean_dy - xhat * p_.s;
        const double sizes = (X + 1) * (v_.abs_with_dy + v_.abs_mean * p_.abs_dy + 3 * abs_s * products) +
                             products * (std::fabs(v) + v_.abs_mean) + abs_s * (std::fabs(g) + p_.abs_dy);
        // M / rho of dx = gamma r (dy - mean dy - xhat s), where |r| <= 2 r and |xhat| <= 2 (|xhat| + |dv| / (2 sqrt(w))).
        const double dv = std::fabs(v - v_.mean), far_xhat = root_w_ > 0 ? X + dv / (2 * root_w_) : 0;
        const double certain =
            4 * size * root_w_ * (std::fabs(g) + std::fabs(p_.mean_dy) + 4 * far_xhat * (std::fabs(p_.s) + change_));
        return {-scale * (xhat * B_ + p_.s * P_v + v_.s * P_g), relative_ * size * sizes, terms, certain};
    }

    Exact by_dy(std::size_t i) const {
        const double scale = p_.base.scale(), size = std::fabs(scale), xhat = p_.base.xhat[i], X = std::fabs(xhat);
        const double v = direction_at(d_, i);
        if (!training()) return {scale * v, relative_ * size, size, 0};
        const double terms = size * (std::fabs(v) + std::fabs(v_.mean) + X * std::fabs(v_.s));
        return {scale * (v - v_.mean - xhat * v_.s), relative_ * size * (1 + v_.abs_mean + (X + 1) * (v_.abs_s + v_.abs_mean)),
                terms, 0};
    }

    const BackwardPoint& p_;
    const BackwardDifference& d_;
    Sums v_;
    double relative_, B_, root_w_, change_;
};

}  // namespace

BackwardPoint backward_point(const BasePoint& base, const Values& dy) {
    oracle::ChannelView view = base.view;
    view.dy = dy;
    BackwardPoint p{base, dy, oracle::facts_of(view, base.dtype)};
    p.mean_dy = p.facts.dy.mean_dy;
    p.s = p.facts.dy.products * base.r();
    p.abs_dy = p.facts.dy.mean_abs_dy;
    p.abs_products = p.facts.dy.abs_products * base.r();
    return p;
}

double dy_along(const BackwardPoint& p, const BackwardDifference& d) {
    if (d.along == Along::column) return std::fabs(p.dy[d.j] - p.mean_dy) / p.base.m();
    double products = 0, sum = 0;
    for (std::size_t i = 0; i < d.signs.size(); ++i) {
        products += d.signs[i] * p.dy[i];
        sum += d.signs[i];
    }
    const double m = p.base.m();
    return std::fabs(products - sum * p.mean_dy) / m + (m + 2) * u * p.abs_dy;
}

void judge_backward_difference(const BackwardPoint& p, std::size_t channel, const BackwardDifference& d,
                               std::span<const BackwardValues> above, std::span<const BackwardValues> below, EntryFindings& dx,
                               EntryFindings& dgamma) {
    if (!std::isfinite(d.steps.share)) {
        ++dx.entries;
        ++dx.inconclusive;
        return;
    }
    dx.evaluations += above.size() + below.size();
    const std::size_t steps = d.steps.count, m = p.base.xhat.size();
    const Weights& w = weights(steps);
    const Derivative derivative(p, d);
    const double left = truncation(steps, 2 * d.steps.h * p.base.r() * std::sqrt(d.line.spread)) * outwards,
                 gain = w.noise_gain / d.steps.h;
    // Of dy, whose sums h v are rounded to its type: by u of |dy| + h, over h, in each of the terms of P.
    const double u_type = format_of(p.base.dtype).unit_roundoff();
    const double moved =
        d.along == Along::dy ? 3 * u_type * (p.facts.dy.max_abs_dy + d.steps.h) / d.steps.h * std::fabs(p.base.scale()) : 0;
    std::array<double, most_steps> per_gap{};
    for (std::size_t l = 0; l < steps; ++l) per_gap[l] = 1 / (2 * d.steps.h * static_cast<double>(l + 1));
    const auto add = [&](EntryFindings& to, const Exact& exact, auto value_at, double found, auto required_noise, double more,
                         std::size_t i) {
        double rounding = 0, numeric = 0, without_last = 0, without_first = 0;
        for (std::size_t l = 0; l < steps; ++l) {
            const double D = (value_at(above[l]) - value_at(below[l])) * per_gap[l];
            numeric += w.all[l] * D;
            without_last += w.without_last[l] * D;
            without_first += w.without_first[l] * D;
            rounding += std::fabs(w.all[l] * D);
        }
        rounding *= (6 + static_cast<double>(steps)) * u;  // as in forward_columns.cpp, and of 1 / 2lh
        const double ridders = steps > 1 ? std::max(std::fabs(numeric - without_last), std::fabs(numeric - without_first)) : 0;
        const double known =
            (ridders + (exact.certain > 0 ? exact.certain * left : 0) + rounding + exact.radius + more) * outwards;
        const double error = std::fabs(numeric - exact.value);
        const double estimated = known + gain * found;
        if (error <= estimated && estimated < exact.terms && error <= to.ratio * estimated) {  // the dull case, at once
            ++to.entries;
            to.max_abs = std::max(to.max_abs, error);
            return;
        }
        const double required = required_noise();
        to.add({channel, i, d.j, exact.value, numeric, error, estimated}, exact.terms,
               std::isfinite(required) ? known + gain * required : infinity);
    };
    const auto row = [&](std::size_t i) {
        const double X = std::fabs(p.base.xhat[i]), g = std::fabs(p.dy[i]) + (d.along == Along::dy ? d.steps.h : 0);
        const double dv = std::fabs(direction_at(d, i)) + d.line.mean;
        add(
            dx, derivative.dx(i), [i](const BackwardValues& at) { return at.dx[i]; }, d.found.dx(X, dv, g),
            [&] { return d.required.dx(X, dv, g); }, moved * (2 + X), i);
    };
    if (d.rows == 0 || d.rows >= m)
        for (std::size_t i = 0; i < m; ++i) row(i);
    else
        for (std::size_t k = 0; k < d.rows; ++k) row((d.j + k * m / d.rows) % m);
    if (d.along != Along::dy && above[0].dgamma)
        add(
            dgamma, derivative.dgamma(), [](const BackwardValues& at) { return *at.dgamma; }, d.found.dgamma,
            [&] { return d.required.dgamma; }, 0, d.j);
}

}  // namespace bncheck::gradient
