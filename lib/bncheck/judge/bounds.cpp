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

using judge::or_infinity;
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
    : channel_(channel), facts_(facts), dtype_(dtype), flushes_(flushes), sizes_(sizes_of(channel, facts)) {
    const oracle::Radii& computed = facts.radii;
    const double m = sizes_.m, r = sizes_.r;
    const Storing statistics(statistics_dtype(dtype), flushes);
    const double value_dbeta = std::fabs(facts.dy.mean_dy * m) + computed.dbeta;
    const double value_dgamma = std::fabs(facts.dy.products * r * m) + computed.dgamma;
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        const auto c = static_cast<AccuracyClass>(k);
        const ClassTerms t = class_terms(c, channel, facts, sizes_, dtype, flushes);
        y_[k] = y_bound(t);
        dx_[k] = dx_bound(t);
        add(save_mean_, k, t.stored_eta + statistics.error(t, sizes_.mu));
        add(save_invstd_, k, (t.rho + 1.01 * t.p.u) * r + statistics.error(t, r));
        add(save_var_, k, t.variance + statistics.error(t, facts.v + facts.v_error));
        add(dgamma_, k, m * t.c_error + statistics.error(t, value_dgamma));
        add(dbeta_, k, t.dbeta_error + statistics.error(t, value_dbeta));
        if (channel.running && channel.training) running_bounds(c, t);
    }
}

/// y' = fl(fl(gamma xhat') + beta): 2.02 u of |gamma xhat| + |y| hold these and the other arrangements' roundings above. alpha
/// may underflow: lambda |x| and lambda |mu|. What is stored in fewer bits is rounded again.
oracle::Linear ChannelBounds::y_bound(const ClassTerms& t) const {
    const Storing stored(dtype_, flushes_);
    const double u = t.p.u, again = 1 + stored.u_out, lambda = t.p.lambda;
    return of_computed({again * (sizes_.gamma * t.xhat.a * (1 + 2 * u) + lambda * (1 + 2 * sizes_.mu)) + stored.lambda,
                        again * (sizes_.gamma * (t.xhat.b * (1 + 2 * u) + 2.02 * u) + lambda * sizes_.root_q),
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
/// old one's, after several steps, 1 - w. The new variance is unbiased where the convention has it so. A w that the candidate
/// computes itself is off by `weight_roundings` of the working precision, but no less than of double, which is that of the
/// truth's w: as much of |old| + |new|.
void ChannelBounds::running_bounds(AccuracyClass c, const ClassTerms& t) {
    const Storing stored(statistics_dtype(dtype_), flushes_);
    const double correction = channel_.unbiased_running && sizes_.m > 1 ? sizes_.m / (sizes_.m - 1) : 1;
    const double own = 5 * t.p.u + channel_.weight_roundings * std::max(t.p.u, 0x1p-53);
    double mean_error = 0, variance_error = 0, mean = channel_.running_mean, variance = channel_.running_var;
    for (std::size_t step = 0; step < channel_.x.size(); ++step) {
        const oracle::MomentFacts& f = facts_.x[step];
        const MomentError e = moment_error(c, dtype_, f, channel_.eps, flushes_);
        const double given = channel_.weights[step], w = channel_.weights_are_complements ? 1 - given : given;
        const auto advance = [&](double error, double error_new, double& old, double fresh) {
            const double value = (1 - w) * old + w * fresh;
            const double blended = w > 0 ? w * error_new : 0;  // a weight of 0 keeps even an infinite error out
            const double next = (1 - w) * error + blended + own * (std::fabs(old) + std::fabs(fresh)) + 4 * t.p.lambda +
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

/// With I = dy - mean dy - xhat c, T = |I|, S = |mean dy| + |xhat c|: I' errs by E_g, by |xhat| E_c + (|c| + E_c) E_xhat, and
/// by 4 u (S + T) of its own operations in any arrangement; gamma r' I' by rho + 6 u of T besides. Underflow: mean dy, xhat c
/// and the bracket by 3 lambda; (gamma r / m)(m I) by m lambda T; k and B = -gamma r k, which multiply x - mu or x, by lambda
/// max|x| each; gamma sum dy (x - mu) of the staged form by lambda, times r^2 |xhat|.
oracle::Linear ChannelBounds::dx_bound(const ClassTerms& t) const {
    if (!channel_.backward()) return {};
    const Storing stored(dtype_, flushes_);
    const double u = t.p.u, lambda = t.p.lambda, scale = sizes_.gamma * sizes_.r, again = 1 + stored.u_out;
    const double last = scale * (stored.u_out + t.rounding);
    if (!channel_.training)  // gamma r dy; gamma r may underflow
        return or_infinity(
            {(1 + sizes_.r) * lambda + stored.lambda, 0, (again * (scale * (t.rho + 6 * u) + lambda) + last) * upwards});
    const double c = std::fabs(facts_.dy.products) * sizes_.r + facts_.radii.c;
    const double mean_dy = std::fabs(facts_.dy.mean_dy) + facts_.radii.mean_dy;
    const double outer = scale * (1 + t.rho) * (1 + 6 * u), most_c = c + t.dx_c_error;
    const double underflow = lambda * (3 * outer + 4 * (1 + scale) * sizes_.mu + 2);
    const oracle::Linear bound{
        again * (outer * (t.mean_dy_error + most_c * t.xhat.a + 4 * u * mean_dy) + underflow) + stored.lambda,
        again * (outer * (t.dx_c_error + most_c * t.xhat.b + 4 * u * c) +
                 lambda * (sizes_.r * (1 + sizes_.r) + 2 * (1 + scale) * sizes_.root_q)),
        again * (outer * 4 * u + scale * (t.rho + 6 * u) + lambda * sizes_.m) + last};
    const oracle::Linear& dx = facts_.radii.dx;
    const oracle::Linear w = scale > 0 ? oracle::Linear{dx.a / scale, dx.b / scale, dx.c / scale} : oracle::Linear{};
    return of_computed(bound, facts_.radii.xhat, w);
}

}  // namespace bncheck::judge
