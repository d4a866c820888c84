#include "bncheck/gradient/taylor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/judge/bounds.hpp"

namespace bncheck::gradient {
namespace {

/// Sums of products, in extended precision: its rounding, m 2^-64 relative to the magnitudes, counts as noise.
struct Dot {
    long double value = 0, magnitude = 0;
    template <class A>
    Dot(const Values& a, const A& b) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            const long double product = static_cast<long double>(a[i]) * static_cast<long double>(b[i]);
            value += product;
            magnitude += std::fabs(product);
        }
    }
};

/// What of the allowance does not depend on the step: M; of the classes found and of the required ones, the noise of a value of
/// L, and the error of <dx, v>.
struct Allowance {
    double M = 0, found = 0, required = 0, found_slope = 0, required_slope = 0;
    double terms = 0;  ///< the largest part of <dx, v>, of one term of dx or of all
};

Allowance allowance(const BasePoint& base, const TaylorValues& t, bool flushes) {
    oracle::ChannelView view = base.view;
    view.dy = t.dy;
    const oracle::ChannelFacts facts = oracle::facts_of(view, base.dtype);
    const judge::ChannelBounds bounds(view, facts, base.dtype, flushes);
    const oracle::DoubleLevelState state = oracle::double_level_state(view, facts);
    const double gamma = std::fabs(base.parameters.gamma), root_w = std::sqrt(t.line.spread);
    double mean_v = 0;
    for (signed char sign : t.signs) mean_v += sign;
    mean_v = base.parameters.training ? mean_v / base.m() : 0;
    Allowance a;
    double B = 0, all = 0, first = 0, second = 0, third = 0;
    for (std::size_t i = 0; i < base.xhat.size(); ++i) {
        const double xhat = std::fabs(base.xhat[i]), dv = std::fabs(t.signs[i] - mean_v), dy = std::fabs(t.dy[i]);
        B += t.dy[i] * (t.signs[i] - mean_v);
        a.found += dy * t.found(xhat, dv);
        a.required += dy * t.required(xhat, dv);
        const judge::ChannelBounds::PerClass dx = bounds.at("dx", i, state);
        a.found_slope += dx[static_cast<std::size_t>(t.dx_found)];
        a.required_slope += dx[static_cast<std::size_t>(std::max(t.dx_found, t.dx_required))];
        all += t.signs[i] * state.bracket(t.dy[i], base.xhat[i]);
        first += t.signs[i] * t.dy[i];
        second += t.signs[i] * state.mean_dy;
        third += t.signs[i] * base.xhat[i] * state.c;
    }
    a.terms = std::fabs(state.scale) * std::max(std::fabs(all), std::fabs(first));
    if (base.parameters.training)
        a.terms = std::max({a.terms, std::fabs(state.scale * second), std::fabs(state.scale * third)});
    // What the sums themselves err by is nothing beside the factor that Cauchy's estimate is too large by, but for sums that
    // cancel.
    const double slack = 0x1p-40 * base.m();
    const double A = (std::fabs(facts.dy.products) * base.r() + slack * facts.dy.abs_products * base.r()) * base.m();
    if (root_w > 0) a.M = 2 * gamma * (A + (std::fabs(B) + slack * base.m() * facts.dy.mean_abs_dy) / (2 * root_w));
    return a;
}

double median_slope(const std::vector<TaylorPoint>& curve, double noise) {
    std::vector<double> slopes;
    for (std::size_t k = 0; k + 1 < curve.size(); ++k)
        if (curve[k + 1].remainder > 4 * noise) slopes.push_back(std::log2(curve[k].remainder / curve[k + 1].remainder));
    if (slopes.empty()) return std::numeric_limits<double>::quiet_NaN();
    std::nth_element(slopes.begin(), slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2), slopes.end());
    return slopes[slopes.size() / 2];
}

}  // namespace

std::vector<signed char> taylor_direction(const BasePoint& base, const Values& dy,
                                          const std::function<std::uint64_t(std::size_t)>& random) {
    oracle::ChannelView view = base.view;
    view.dy = dy;
    const oracle::DoubleLevelState state = oracle::double_level_state(view, oracle::facts_of(view, base.dtype));
    std::vector<signed char> signs(dy.size());
    for (std::size_t i = 0; i < dy.size(); ++i) {
        const double dx = state.scale * state.bracket(dy[i], base.xhat[i]);
        const std::uint64_t bits = random(i);
        const bool positive = dx > 0 || (dx == 0 && (bits & 4));
        signs[i] = positive != ((bits & 3) == 0) ? 1 : -1;
    }
    return signs;
}

std::vector<double> taylor_steps(const BasePoint& base, const Line& line, std::size_t most) {
    std::vector<double> steps;
    const double per_rho = base.r() * std::sqrt(line.spread), longest = line.spread > 0 ? 0.25 / per_rho : 1 / base.r();
    double h = std::ldexp(1.0, std::ilogb(longest));
    for (; h >= base.grid && steps.size() < most; h /= 2)
        if (h * line.most + base.facts.x.back().max_abs <= base.reach) steps.push_back(h);
    return steps;
}

TaylorResult judge_taylor(const BasePoint& base, std::size_t channel, const TaylorValues& t, bool flushes) {
    TaylorResult result;
    EntryFindings& findings = result.findings;
    findings.entries = 1;
    findings.evaluations = t.h.size() + 2;
    const Allowance a = allowance(base, t, flushes);
    const Dot L0(t.dy, t.y), slope(t.dx, t.signs);
    const double per_rho = base.r() * std::sqrt(t.line.spread);
    const double rounding = 0x1p-63 * base.m() * static_cast<double>(2 * L0.magnitude + slope.magnitude * t.h.front());
    bool decided = false, failed = false;
    std::optional<Entry> best;
    for (std::size_t k = 0; k < t.h.size(); ++k) {
        const double h = t.h[k], tau = 2 * h * per_rho;
        const Dot L(t.dy, t.y_at[k]);
        const double remainder = std::fabs(static_cast<double>((L.value - L0.value) - h * slope.value));
        const double certain = a.M * tau * tau / (1 - tau) + rounding;
        const double allowed = (certain + 2 * a.found + h * a.found_slope) * (1 + 0x1p-9),
                     most = (certain + 2 * std::max(a.found, a.required) + h * a.required_slope) * (1 + 0x1p-9);
        result.curve.push_back({h, remainder, allowed});
        decided = decided || allowed < h * a.terms || (a.terms == 0 && remainder == 0);  // gamma = 0
        const bool fails = !(remainder <= most) && std::isnormal(most);                  // an allowance that underflows is none
        const Entry entry{channel,
                          0,
                          k,
                          static_cast<double>(slope.value),
                          static_cast<double>((L.value - L0.value) / h),
                          remainder / h,
                          allowed / h,
                          (fails ? most : allowed) / h};
        if (fails ? !failed || entry.error * best->allowed > best->error * entry.allowed
                  : !failed && (!best || entry.allowed < best->allowed))
            best = entry;
        failed = failed || fails;
        decided = decided && (fails || remainder <= allowed);
    }
    findings.failed = failed;
    findings.inconclusive = !failed && !decided;
    if (best) findings.consider(*best, failed);
    result.slope = median_slope(result.curve, 2 * a.found + rounding);
    return result;
}

}  // namespace bncheck::gradient
