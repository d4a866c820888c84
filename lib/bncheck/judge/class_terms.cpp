#include "bncheck/judge/class_terms.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// From the errors of mean and variance (moment_error.cpp) to those of what every output is made of. Primes mark computed
// values; fl(a op b) is (a op b)(1 + delta) + epsilon, |delta| <= u, |epsilon| <= lambda where a product or quotient
// underflows, or anything where results flush.

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// q' = fl(v' + fl(eps)): |q' - q| <= (1 + u) E_v + u (q + eps) + lambda = tau q. Then |(1 + t)^(-1/2) - 1| <= tau / (2 (1 -
/// tau)) for |t| <= tau, and r' is good to 2 ulp, that is 4 u, beyond which nothing is asked of a reciprocal square root.
ClassTerms forward_terms(AccuracyClass c, const oracle::ChannelView& channel, const oracle::ChannelFacts& facts,
                         const ChannelSizes& sizes, Dtype dtype, bool flushes) {
    ClassTerms t{};
    t.p = precision_of(c, dtype, flushes);
    t.wide = c == AccuracyClass::rounded || c == AccuracyClass::wide;
    t.rounding = c == AccuracyClass::rounded ? 2.02 * format_of(statistics_dtype(dtype)).unit_roundoff() : 0;
    if (channel.training) {
        const MomentError error = moment_error(c, dtype, facts.x.back(), channel.eps, flushes);
        t.eta = error.mean;
        t.stored_eta = error.stored_mean;
        t.variance = error.variance;
    } else if (!t.wide && facts.q > t.p.largest) {
        t.variance = infinity;  // v + eps overflows
    }
    const double change = (1 + t.p.u) * t.variance + t.p.u * (facts.q + facts.v_error + channel.eps) + t.p.lambda;
    const double tau = facts.radii.holds ? or_infinity(change / sizes.q) : infinity;
    t.rho = tau < 1 ? tau / (2 * (1 - tau)) + 4.01 * t.p.u : infinity;
    // x - mean': eta; and where y is x alpha + (beta - mean' alpha), alpha = gamma r': x alpha, mean' alpha and their
    // difference round by 3 u |mu| |alpha| beside 3 u |gamma xhat| (alpha, x alpha, the difference) and 2 u |y|. In twice the
    // precision this is by U. A difference may flush, and so may inputs.
    const double eta_x = t.eta + 4.01 * (t.wide ? t.p.U : t.p.u) * sizes.mu + 2 * t.p.lambda;
    // xhat' = fl(d' r'): one rounding of d', one of the product.
    t.xhat = {sizes.r * eta_x * (1 + t.rho) + t.p.lambda, 2.01 * t.p.u * (1 + t.rho) + t.rho, 0};
    return t;
}

/// Sums of dy, and of dy xhat, which may be had as r' sum dy (x - mean').
void add_backward_terms(AccuracyClass c, const oracle::ChannelFacts& facts, const ChannelSizes& sizes, ClassTerms& t) {
    const oracle::BackwardFacts& dy = facts.dy;
    const double u = t.p.u, lambda = t.p.lambda, mean_abs_products = dy.abs_products * sizes.r;
    const double h_dy = height(c, dy.exact_dy, sizes.m, dy.nonzero), h_c = height(c, dy.exact_products, sizes.m, dy.nonzero);
    const double wide_sum = t.wide ? sizes.m * t.p.U : 0;  // m roundings in twice the precision
    const auto overflows = [&](double mean_abs) { return !t.wide && sizes.m * mean_abs > t.p.largest; };
    t.dbeta_error = overflows(dy.mean_abs_dy)
                        ? infinity
                        : (gamma_k(h_dy, u) + wide_sum) * sizes.m * dy.mean_abs_dy + (t.p.flushes ? sizes.m * lambda : 0);
    if (overflows(dy.mean_abs_dy) || overflows(dy.abs_products) || overflows(mean_abs_products)) {
        t.mean_dy_error = t.c_error = t.dx_c_error = infinity;
        return;
    }
    // The staged backward has mean dy as the mean of dy - xhat c, which errs by 3 u of either before it is summed.
    const double mean_dy = std::fabs(dy.mean_dy) + facts.radii.mean_dy;
    const double spread = std::sqrt(std::min(1.0, (facts.v + facts.v_error) / sizes.q));  // not below mean |xhat|
    const double brackets = dy.mean_abs_dy + (std::fabs(dy.products) * sizes.r + facts.radii.c) * spread;
    const double staged = (gamma_k(height(c, dy.exact_brackets, sizes.m, sizes.m) + 3, u) + wide_sum) * brackets;
    t.mean_dy_error = std::max((gamma_k(h_dy, u) + wide_sum) * dy.mean_abs_dy, staged) + 2.01 * u * mean_dy + 2 * lambda;
    // Each term dy (x - mean') r': two roundings of the difference and of the product, r' and one more, the sum h, two of the
    // division: g_(h + 7), and rho for r'. The mean's error enters by eta mean dy, and by eta mean|dy| through the roundings;
    // where xhat is x r' - mean' r' by 4 u |mu|. Products, quotient and flushed sums underflow before or after they are
    // multiplied by r.
    const auto c_error = [&](double g) {
        return (g + t.rho + wide_sum) * mean_abs_products +
               (1 + t.rho) * sizes.r * (t.eta * mean_dy + (g * t.eta + (t.wide ? 0 : 4 * u * sizes.mu)) * dy.mean_abs_dy) +
               lambda * (3 * (1 + sizes.r) + dy.mean_abs_dy);
    };
    t.c_error = c_error(gamma_k(h_c + 7, u));
    // For dx the sum may be that of gamma dy xhat, one rounding more, which is not exact where that of dy xhat is.
    const double h_dx = height(c, dy.exact_products && dy.exact_brackets, sizes.m, dy.nonzero);
    t.dx_c_error = c_error(gamma_k(h_dx + 8, u));
}

}  // namespace

double or_infinity(double bound) { return std::isnan(bound) ? infinity : bound; }

Storing::Storing(Dtype dtype, bool flushes) {
    const Format format = format_of(dtype);
    u_out = format.unit_roundoff();
    lambda = flushes ? format.smallest_normal() : format.smallest_subnormal();
}

double Storing::error(const ClassTerms& t, double value) const { return (1 + t.rounding) * u_out * value + lambda; }

ChannelSizes sizes_of(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts) {
    return {channel.count(),
            std::fabs(facts.hi) + std::fabs(facts.lo) + facts.eta,
            std::max(channel.eps, facts.q - facts.v_error) / upwards,
            facts.r * (1 + facts.radii.rho),
            std::fabs(channel.gamma),
            std::sqrt(facts.q + facts.v_error) * upwards};
}

ClassTerms class_terms(AccuracyClass c, const oracle::ChannelView& channel, const oracle::ChannelFacts& facts,
                       const ChannelSizes& sizes, Dtype dtype, bool flushes) {
    ClassTerms t = forward_terms(c, channel, facts, sizes, dtype, flushes);
    if (channel.backward()) add_backward_terms(c, facts, sizes, t);
    return t;
}

}  // namespace bncheck::judge
