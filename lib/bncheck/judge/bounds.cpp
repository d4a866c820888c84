#include "bncheck/judge/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Every formula here has fewer than 128 roundings of nonnegative terms, each of at most 2^-53: this makes it an upper bound.
constexpr double upwards = 1 + 0x1p-46;

double or_infinity(double bound) { return std::isnan(bound) ? infinity : bound; }

oracle::Linear or_infinity(const oracle::Linear& bound) {
    return std::isfinite(bound.a + bound.b + bound.c) ? bound : oracle::Linear{infinity, 0, 0};
}

/// Bounds of a stored value: its rounding to the type, upwards, and the maximum over the tighter classes.
class Nesting {
public:
    Nesting(const Format& stored, bool flushes)
        : u_out_(stored.unit_roundoff()), lambda_(flushes ? stored.smallest_normal() : stored.smallest_subnormal()) {}
    /// The stored result's own error, beside that of the arithmetic.
    double storing(double rounding, double value) const { return (1 + rounding) * u_out_ * std::fabs(value) + lambda_; }
    void add(ChannelBounds::PerClass& bounds, std::size_t k, double own) const {
        bounds[k] = std::max(k ? bounds[k - 1] : 0, or_infinity(own) * upwards);
    }
    double lambda() const { return lambda_; }

private:
    double u_out_, lambda_;
};

}  // namespace

ChannelBounds::ChannelBounds(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts, Dtype dtype, bool flushes)
    : channel_(channel), facts_(facts), dtype_(dtype), flushes_(flushes), m_(channel.count()) {
    const oracle::Radii& computed = facts.radii;
    mu_ = std::fabs(facts.hi) + std::fabs(facts.lo) + facts.eta;
    q_ = std::max(channel.eps, facts.q - facts.v_error) / upwards;
    r_ = facts.r * (1 + computed.rho);
    const Nesting statistics(format_of(statistics_dtype(dtype)), flushes);
    const double value_dbeta = facts.dy.mean_dy * m_, value_dgamma = facts.dy.products * r_ * m_;
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        const auto c = static_cast<AccuracyClass>(k);
        const Precision p = precision_of(c, dtype);
        const MomentError error = channel.training ? moment_error(c, dtype, facts.x.back(), channel.eps) : MomentError{0, 0, 0};
        const double tau =
            computed.holds
                ? or_infinity(((1 + p.u) * error.variance + p.u * (facts.q + facts.v_error + channel.eps) + p.lambda) / q_)
                : infinity;
        const double rho = tau < 1 ? tau / (2 * (1 - tau)) + 4.01 * p.u : infinity;
        Terms t{
            p.u,  p.lambda, error.mean, error.stored_mean, error.variance, rho, 0, 0, 0, c == AccuracyClass::rounded ? 2.02 : 0,
            k < 2};
        if (channel.backward()) add_backward_terms(c, t);
        y_[k] = y_bound(t);
        dx_[k] = dx_bound(t);
        statistics.add(save_mean_, k, t.stored_eta + statistics.storing(t.rounding, mu_));
        statistics.add(save_invstd_, k, (t.rho + 1.01 * t.u) * r_ + statistics.storing(t.rounding, r_));
        statistics.add(save_var_, k, t.variance + statistics.storing(t.rounding, facts.v + facts.v_error));
        statistics.add(dgamma_, k, m_ * t.c_error + statistics.storing(t.rounding, std::fabs(value_dgamma) + computed.dgamma));
        statistics.add(dbeta_, k, t.dbeta_error + statistics.storing(t.rounding, std::fabs(value_dbeta) + computed.dbeta));
        if (channel.running && channel.training) running_bounds(c, t);
    }
}

void ChannelBounds::add_backward_terms(AccuracyClass c, Terms& t) const {
    const oracle::BackwardFacts& dy = facts_.dy;
    const Precision p = precision_of(c, dtype_);
    const double u = t.u, mean_abs_products = dy.abs_products * r_;
    const double h_dy = height(c, dy.exact_dy, m_, dy.nonzero), h_c = height(c, dy.exact_products, m_, dy.nonzero);
    const double wide_sum = t.wide ? m_ * p.U : 0;
    if (!t.wide &&
        (m_ * dy.mean_abs_dy > p.largest || m_ * dy.abs_products > p.largest || m_ * mean_abs_products > p.largest)) {
        t.mean_dy_error = t.c_error = infinity;  // a sum may overflow
        t.dbeta_error = m_ * dy.mean_abs_dy > p.largest ? infinity : gamma_k(h_dy, u) * m_ * dy.mean_abs_dy;
        return;
    }
    const double mean_dy = std::fabs(dy.mean_dy) + facts_.radii.mean_dy;
    t.dbeta_error = (gamma_k(h_dy, u) + wide_sum) * m_ * dy.mean_abs_dy;
    t.mean_dy_error = (gamma_k(h_dy, u) + wide_sum) * dy.mean_abs_dy + 2.01 * u * mean_dy;
    const double g = gamma_k(h_c + 7, u);
    // The last term: each product dy (x - mu) that underflows loses at most lambda before it is multiplied by r.
    t.c_error = (g + t.rho + wide_sum) * mean_abs_products +
                (1 + t.rho) * r_ * (t.eta * mean_dy + (g * t.eta + (t.wide ? 0 : 4 * u * mu_)) * dy.mean_abs_dy) +
                p.lambda * (1 + r_);
}

oracle::Linear ChannelBounds::normalized_error(const Terms& t) const {
    const double eta_x = t.eta + (t.wide ? 0 : 4.01 * t.u * mu_);
    return {r_ * eta_x * (1 + t.rho), 2.01 * t.u * (1 + t.rho) + t.rho, 0};
}

/// A bound a + b |xhat| + c |w| of true magnitudes as one of those that double computes, which err by `xhat` and `w`.
oracle::Linear of_computed(oracle::Linear bound, const oracle::Linear& xhat, const oracle::Linear& w) {
    bound.a += bound.b * xhat.a + bound.c * w.a;
    bound.b += bound.b * xhat.b + bound.c * w.b;
    bound.c += bound.c * w.c;
    return or_infinity({bound.a * upwards, bound.b * upwards, bound.c * upwards});
}

/// Of y and dx, relative: one rounding to the stored type, and under `rounded` the last roundings of the working precision,
/// which for 16-bit data is finer.
double ChannelBounds::storing_error(const Terms& t) const {
    return format_of(dtype_).unit_roundoff() + t.rounding * format_of(statistics_dtype(dtype_)).unit_roundoff();
}

oracle::Linear ChannelBounds::y_bound(const Terms& t) const {
    const Nesting stored(format_of(dtype_), flushes_);
    const oracle::Linear e = normalized_error(t);
    const double gamma = std::fabs(channel_.gamma), lambda = precision_of(AccuracyClass::pairwise, dtype_).lambda;
    // What is rounded is the computed y, which its own error may have made larger.
    const double computed = 1 + format_of(dtype_).unit_roundoff();
    return of_computed({gamma * computed * (e.a + lambda) * (1 + 2 * t.u) + stored.lambda(),
                        gamma * computed * (e.b * (1 + 2 * t.u) + 2.02 * t.u), computed * 2.02 * t.u + storing_error(t)},
                       facts_.radii.xhat, facts_.radii.y);
}

oracle::Linear ChannelBounds::dx_bound(const Terms& t) const {
    if (!channel_.backward()) return {};
    const Nesting stored(format_of(dtype_), flushes_);
    const double u = t.u, storing = std::fabs(channel_.gamma) * r_ * storing_error(t);
    const double scale = std::fabs(channel_.gamma) * r_ * (1 + format_of(dtype_).unit_roundoff());  // as of y
    if (!channel_.training) return or_infinity({stored.lambda(), 0, (scale * (t.rho + 6 * u) + storing) * upwards});
    const oracle::Linear e = normalized_error(t);
    const double c = std::fabs(facts_.dy.products) * r_ + facts_.radii.c;
    const double mean_dy = std::fabs(facts_.dy.mean_dy) + facts_.radii.mean_dy;
    // B = E_g + |xhat| E_c + (|c| + E_c) E_xhat + 4u (S + T), S = |mean dy| + |xhat c|, E_xhat = e.a + e.b |xhat|.
    const double outer = scale * (1 + t.rho) * (1 + 6 * u);
    const oracle::Linear bound{outer * (t.mean_dy_error + (c + t.c_error) * e.a + 4 * u * mean_dy) + stored.lambda(),
                               outer * (t.c_error + (c + t.c_error) * e.b + 4 * u * c),
                               outer * 4 * u + scale * (t.rho + 6 * u) + storing};
    const oracle::Linear& dx = facts_.radii.dx;
    const oracle::Linear w = scale > 0 ? oracle::Linear{dx.a / scale, dx.b / scale, dx.c / scale} : oracle::Linear{};
    return of_computed(bound, facts_.radii.xhat, w);
}

ChannelBounds::PerClass ChannelBounds::nested(const Linears& own, double xhat, double w) {
    PerClass bounds;
    double largest = 0;
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        largest = std::max(largest, or_infinity(own[k](xhat, w)) * upwards);
        bounds[k] = largest;
    }
    return bounds;
}

void ChannelBounds::running_bounds(AccuracyClass c, const Terms& t) {
    const Nesting stored(format_of(statistics_dtype(dtype_)), flushes_);
    const double correction = channel_.unbiased_running && m_ > 1 ? m_ / (m_ - 1) : 1;
    double mean_error = 0, variance_error = 0, mean = channel_.running_mean, variance = channel_.running_var;
    for (std::size_t step = 0; step < channel_.x.size(); ++step) {
        const oracle::MomentFacts& f = facts_.x[step];
        const MomentError e = moment_error(c, dtype_, f, channel_.eps);
        const double given = channel_.weights[step], w = channel_.weights_are_complements ? 1 - given : given;
        const auto advance = [&](double error, double error_new, double& old, double fresh) {
            const double value = (1 - w) * old + w * fresh;
            // A weight of 0 keeps even an infinite error out.
            const double blended = w > 0 ? w * error_new : 0;
            const double next =
                (1 - w) * error + blended + 5 * t.u * (std::fabs(old) + std::fabs(fresh)) + stored.storing(t.rounding, value);
            old = value;
            return next;
        };
        mean_error = advance(mean_error, e.stored_mean, mean, f.hi);
        variance_error = advance(variance_error, e.variance * correction, variance, f.v * correction);
    }
    stored.add(running_mean_, static_cast<std::size_t>(c), mean_error);
    stored.add(running_var_, static_cast<std::size_t>(c), variance_error);
}

void mark_resolved(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts, const ChannelBounds& bounds,
                   AccuracyClass c, std::vector<char>& resolved) {
    const std::size_t k = static_cast<std::size_t>(c);
    const double m = channel.count();
    if (!channel.training && !channel.backward()) {  // without a sum nothing can be left out of one
        std::fill(resolved.begin(), resolved.end(), char{1});
        return;
    }
    // Leaving x out moves the mean by |x| / m and r by r d^2 / (2 m q); dy moves dbeta by |dy| and dgamma by |dy d| r.
    const double x_limit = channel.training ? bounds.save_mean()[k] * m : infinity;
    const double d_limit = channel.training ? std::sqrt(bounds.save_invstd()[k] * 2 * m * facts.q / facts.r) : infinity;
    const double dy_limit = channel.backward() ? bounds.dbeta()[k] : infinity;
    const double product_limit = channel.backward() ? bounds.dgamma()[k] / facts.r : infinity;
    const oracle::MomentFacts& f = facts.x.back();
    const double largest_dy = channel.backward() ? m * facts.dy.mean_abs_dy : 0;  // no dy is above their sum
    if (f.max_abs <= x_limit && f.max_deviation <= d_limit && largest_dy <= dy_limit &&
        m * facts.dy.abs_products <= product_limit)
        return;
    const Values& x = channel.x.back();
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (resolved[i]) continue;
        const double d = std::fabs(x[i] - facts.hi), dy = channel.backward() ? std::fabs(channel.dy[i]) : 0;
        resolved[i] = std::fabs(x[i]) > x_limit || d > d_limit || dy > dy_limit || dy * d > product_limit;
    }
}

}  // namespace bncheck::judge
