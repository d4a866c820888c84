#include "bncheck/judge/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// From the errors of mean and variance (moment_error.cpp) to those of the outputs. Primes mark computed values; fl(a op b) is
// (a op b)(1 + delta) + epsilon, |delta| <= u, |epsilon| <= lambda where a product or quotient underflows, or anything where
// results flush. Constants such as 2.02 stand for 2 roundings and what they amplify, u <= 2^-11 being far below a hundredth.

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Every formula here has fewer than 128 roundings of nonnegative terms, each of at most 2^-53: this makes it an upper bound.
constexpr double upwards = 1 + 0x1p-46;

double or_infinity(double bound) { return std::isnan(bound) ? infinity : bound; }

oracle::Linear or_infinity(const oracle::Linear& bound) {
    return std::isfinite(bound.a + bound.b + bound.c) ? bound : oracle::Linear{infinity, 0, 0};
}

/// Adds a class's own bound to those of the tighter ones, whose maximum is in force.
void add(ChannelBounds::PerClass& bounds, std::size_t k, double own) {
    bounds[k] = std::max(k ? bounds[k - 1] : 0, or_infinity(own) * upwards);
}

/// A bound a + b |xhat| + c |w| of true magnitudes as one of those that double computes, which err by `xhat` and `w`.
oracle::Linear of_computed(oracle::Linear bound, const oracle::Linear& xhat, const oracle::Linear& w) {
    bound.a += bound.b * xhat.a + bound.c * w.a;
    bound.b += bound.b * xhat.b + bound.c * w.b;
    bound.c += bound.c * w.c;
    return or_infinity({bound.a * upwards, bound.b * upwards, bound.c * upwards});
}

}  // namespace

ChannelBounds::ChannelBounds(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts, Dtype dtype, bool flushes)
    : channel_(channel), facts_(facts), dtype_(dtype), flushes_(flushes), m_(channel.count()) {
    const oracle::Radii& computed = facts.radii;
    mu_ = std::fabs(facts.hi) + std::fabs(facts.lo) + facts.eta;
    q_ = std::max(channel.eps, facts.q - facts.v_error) / upwards;
    r_ = facts.r * (1 + computed.rho);
    gamma_ = std::fabs(channel.gamma);
    root_q_ = std::sqrt(facts.q + facts.v_error) * upwards;
    const Storing statistics = storing(statistics_dtype(dtype));
    const double value_dbeta = std::fabs(facts.dy.mean_dy * m_) + computed.dbeta;
    const double value_dgamma = std::fabs(facts.dy.products * r_ * m_) + computed.dgamma;
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        const auto c = static_cast<AccuracyClass>(k);
        Terms t = forward_terms(c);
        if (channel.backward()) add_backward_terms(c, t);
        y_[k] = y_bound(t);
        dx_[k] = dx_bound(t);
        add(save_mean_, k, t.stored_eta + statistics.error(t, mu_));
        add(save_invstd_, k, (t.rho + 1.01 * t.p.u) * r_ + statistics.error(t, r_));
        add(save_var_, k, t.variance + statistics.error(t, facts.v + facts.v_error));
        add(dgamma_, k, m_ * t.c_error + statistics.error(t, value_dgamma));
        add(dbeta_, k, t.dbeta_error + statistics.error(t, value_dbeta));
        if (channel.running && channel.training) running_bounds(c, t);
    }
}

/// A stored value v is rounded once more, by u_out |v| + lambda. Under `rounded` this is all that is granted, and twice: 2.02
/// more.
double ChannelBounds::Storing::error(const Terms& t, double value) const { return (1 + t.rounding) * u_out * value + lambda; }

ChannelBounds::Storing ChannelBounds::storing(Dtype dtype) const {
    const Format format = format_of(dtype);
    return {format.unit_roundoff(), flushes_ ? format.smallest_normal() : format.smallest_subnormal()};
}

/// q' = fl(v' + fl(eps)): |q' - q| <= (1 + u) E_v + u (q + eps) + lambda = tau q. Then |(1 + t)^(-1/2) - 1| <= tau / (2 (1 -
/// tau)) for |t| <= tau, and r' is good to 2 ulp, that is 4 u, beyond which nothing is asked of a reciprocal square root.
ChannelBounds::Terms ChannelBounds::forward_terms(AccuracyClass c) const {
    Terms t{};
    t.p = precision_of(c, dtype_, flushes_);
    t.wide = c == AccuracyClass::rounded || c == AccuracyClass::wide;
    t.rounding = c == AccuracyClass::rounded ? 2.02 * format_of(statistics_dtype(dtype_)).unit_roundoff() : 0;
    if (channel_.training) {
        const MomentError error = moment_error(c, dtype_, facts_.x.back(), channel_.eps, flushes_);
        t.eta = error.mean;
        t.stored_eta = error.stored_mean;
        t.variance = error.variance;
    } else if (!t.wide && facts_.q > t.p.largest) {
        t.variance = infinity;  // v + eps overflows
    }
    const double change = (1 + t.p.u) * t.variance + t.p.u * (facts_.q + facts_.v_error + channel_.eps) + t.p.lambda;
    const double tau = facts_.radii.holds ? or_infinity(change / q_) : infinity;
    t.rho = tau < 1 ? tau / (2 * (1 - tau)) + 4.01 * t.p.u : infinity;
    // x - mean': eta; and where y is x alpha + (beta - mean' alpha), alpha = gamma r': x alpha, mean' alpha and their
    // difference round by 3 u |mu| |alpha| beside 3 u |gamma xhat| (alpha, x alpha, the difference) and 2 u |y|. In twice the
    // precision this is by U. A difference may flush, and so may inputs.
    const double eta_x = t.eta + 4.01 * (t.wide ? t.p.U : t.p.u) * mu_ + 2 * t.p.lambda;
    // xhat' = fl(d' r'): one rounding of d', one of the product.
    t.xhat = {r_ * eta_x * (1 + t.rho) + t.p.lambda, 2.01 * t.p.u * (1 + t.rho) + t.rho, 0};
    return t;
}

/// y' = fl(fl(gamma xhat') + beta): 2.02 u of |gamma xhat| + |y| hold these and the other arrangements' roundings above. alpha
/// may underflow: lambda |x| and lambda |mu|. What is stored in fewer bits is rounded again.
oracle::Linear ChannelBounds::y_bound(const Terms& t) const {
    const Storing stored = storing(dtype_);
    const double u = t.p.u, again = 1 + stored.u_out, lambda = t.p.lambda;
    return of_computed({again * (gamma_ * t.xhat.a * (1 + 2 * u) + lambda * (1 + 2 * mu_)) + stored.lambda,
                        again * (gamma_ * (t.xhat.b * (1 + 2 * u) + 2.02 * u) + lambda * root_q_),
                        again * 2.02 * u + (stored.u_out + t.rounding)},
                       facts_.radii.xhat, facts_.radii.y);
}

ChannelBounds::PerClass ChannelBounds::at(std::string_view tensor, std::size_t i, const oracle::DoubleLevelState& state) const {
    if (tensor == "y" || tensor == "dx") {
        // In inference dx does not depend on x, even if that is not a number.
        const bool depends_on_x = tensor == "y" || channel_.training;
        const double xhat = depends_on_x ? state.xhat(channel_.x.back()[i]) : 0;
        return tensor == "y" ? y(std::fabs(xhat), std::fabs(state.y(xhat)))
                             : dx(std::fabs(xhat), std::fabs(state.bracket(channel_.dy[i], xhat)));
    }
    if (tensor == "save_mean") return save_mean_;
    if (tensor == "save_invstd") return save_invstd_;
    if (tensor == "save_var") return save_var_;
    if (tensor == "running_mean") return running_mean_;
    if (tensor == "running_var") return running_var_;
    return tensor == "dgamma" ? dgamma_ : dbeta_;
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

/// (1 - w) old + w new: 1 - w one rounding, products and sum one each, Bessel's m / (m - 1) two of the new value: at most 5 u
/// of either, products and quotients lambda each. With w the weight of the new batch the new value's own error counts w, the
/// old one's, after several steps, 1 - w. The new variance is unbiased where the convention has it so.
void ChannelBounds::running_bounds(AccuracyClass c, const Terms& t) {
    const Storing stored = storing(statistics_dtype(dtype_));
    const double correction = channel_.unbiased_running && m_ > 1 ? m_ / (m_ - 1) : 1;
    double mean_error = 0, variance_error = 0, mean = channel_.running_mean, variance = channel_.running_var;
    for (std::size_t step = 0; step < channel_.x.size(); ++step) {
        const oracle::MomentFacts& f = facts_.x[step];
        const MomentError e = moment_error(c, dtype_, f, channel_.eps, flushes_);
        const double given = channel_.weights[step], w = channel_.weights_are_complements ? 1 - given : given;
        const auto advance = [&](double error, double error_new, double& old, double fresh) {
            const double value = (1 - w) * old + w * fresh;
            const double blended = w > 0 ? w * error_new : 0;  // a weight of 0 keeps even an infinite error out
            const double next = (1 - w) * error + blended + 5 * t.p.u * (std::fabs(old) + std::fabs(fresh)) + 4 * t.p.lambda +
                                stored.error(t, std::fabs(value));
            old = value;
            return next;
        };
        mean_error = advance(mean_error, e.stored_mean, mean, f.hi);
        variance_error = advance(variance_error, e.variance * correction, variance, f.v * correction);
    }
    add(running_mean_, static_cast<std::size_t>(c), mean_error);
    add(running_var_, static_cast<std::size_t>(c), variance_error);
}

/// Sums of dy, and of dy xhat, which may be had as r' sum dy (x - mean').
void ChannelBounds::add_backward_terms(AccuracyClass c, Terms& t) const {
    const oracle::BackwardFacts& dy = facts_.dy;
    const double u = t.p.u, lambda = t.p.lambda, mean_abs_products = dy.abs_products * r_;
    const double h_dy = height(c, dy.exact_dy, m_, dy.nonzero), h_c = height(c, dy.exact_products, m_, dy.nonzero);
    const double wide_sum = t.wide ? m_ * t.p.U : 0;  // m roundings in twice the precision
    const auto overflows = [&](double mean_abs) { return !t.wide && m_ * mean_abs > t.p.largest; };
    t.dbeta_error = overflows(dy.mean_abs_dy)
                        ? infinity
                        : (gamma_k(h_dy, u) + wide_sum) * m_ * dy.mean_abs_dy + (t.p.flushes ? m_ * lambda : 0);
    if (overflows(dy.mean_abs_dy) || overflows(dy.abs_products) || overflows(mean_abs_products)) {
        t.mean_dy_error = t.c_error = t.dx_c_error = infinity;
        return;
    }
    // The staged backward has mean dy as the mean of dy - xhat c, which errs by 3 u of either before it is summed.
    const double mean_dy = std::fabs(dy.mean_dy) + facts_.radii.mean_dy;
    const double spread = std::sqrt(std::min(1.0, (facts_.v + facts_.v_error) / q_));  // not below mean |xhat|
    const double brackets = dy.mean_abs_dy + (std::fabs(dy.products) * r_ + facts_.radii.c) * spread;
    const double staged = (gamma_k(height(c, dy.exact_brackets, m_, m_) + 3, u) + wide_sum) * brackets;
    t.mean_dy_error = std::max((gamma_k(h_dy, u) + wide_sum) * dy.mean_abs_dy, staged) + 2.01 * u * mean_dy + 2 * lambda;
    // Each term dy (x - mean') r': two roundings of the difference and of the product, r' and one more, the sum h, two of the
    // division: g_(h + 7), and rho for r'. The mean's error enters by eta mean dy, and by eta mean|dy| through the roundings;
    // where xhat is x r' - mean' r' by 4 u |mu|. Products, quotient and flushed sums underflow before or after they are
    // multiplied by r.
    const auto c_error = [&](double g) {
        return (g + t.rho + wide_sum) * mean_abs_products +
               (1 + t.rho) * r_ * (t.eta * mean_dy + (g * t.eta + (t.wide ? 0 : 4 * u * mu_)) * dy.mean_abs_dy) +
               lambda * (3 * (1 + r_) + dy.mean_abs_dy);
    };
    t.c_error = c_error(gamma_k(h_c + 7, u));
    // For dx the sum may be that of gamma dy xhat, one rounding more, which is not exact where that of dy xhat is.
    const double h_dx = height(c, dy.exact_products && dy.exact_brackets, m_, dy.nonzero);
    t.dx_c_error = c_error(gamma_k(h_dx + 8, u));
}

/// With I = dy - mean dy - xhat c, T = |I|, S = |mean dy| + |xhat c|: I' errs by E_g, by |xhat| E_c + (|c| + E_c) E_xhat, and
/// by 4 u (S + T) of its own operations in any arrangement; gamma r' I' by rho + 6 u of T besides. Underflow: mean dy, xhat c
/// and the bracket by 3 lambda; (gamma r / m)(m I) by m lambda T; k and B = -gamma r k, which multiply x - mu or x, by lambda
/// max|x| each; gamma sum dy (x - mu) of the staged form by lambda, times r^2 |xhat|.
oracle::Linear ChannelBounds::dx_bound(const Terms& t) const {
    if (!channel_.backward()) return {};
    const Storing stored = storing(dtype_);
    const double u = t.p.u, lambda = t.p.lambda, scale = gamma_ * r_, again = 1 + stored.u_out;
    const double last = scale * (stored.u_out + t.rounding);
    if (!channel_.training)  // gamma r dy; gamma r may underflow
        return or_infinity(
            {(1 + r_) * lambda + stored.lambda, 0, (again * (scale * (t.rho + 6 * u) + lambda) + last) * upwards});
    const double c = std::fabs(facts_.dy.products) * r_ + facts_.radii.c;
    const double mean_dy = std::fabs(facts_.dy.mean_dy) + facts_.radii.mean_dy;
    const double outer = scale * (1 + t.rho) * (1 + 6 * u), most_c = c + t.dx_c_error;
    const double underflow = lambda * (3 * outer + 4 * (1 + scale) * mu_ + 2);
    const oracle::Linear bound{
        again * (outer * (t.mean_dy_error + most_c * t.xhat.a + 4 * u * mean_dy) + underflow) + stored.lambda,
        again * (outer * (t.dx_c_error + most_c * t.xhat.b + 4 * u * c) + lambda * (r_ * (1 + r_) + 2 * (1 + scale) * root_q_)),
        again * (outer * 4 * u + scale * (t.rho + 6 * u) + lambda * m_) + last};
    const oracle::Linear& dx = facts_.radii.dx;
    const oracle::Linear w = scale > 0 ? oracle::Linear{dx.a / scale, dx.b / scale, dx.c / scale} : oracle::Linear{};
    return of_computed(bound, facts_.radii.xhat, w);
}

}  // namespace bncheck::judge
