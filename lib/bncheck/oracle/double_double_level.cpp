#include "bncheck/oracle/double_double_level.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "bncheck/oracle/sweep.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bncheck/oracle/double_double_level.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
#include "bncheck/core/lanes.hpp"
#include "bncheck/oracle/double_double.hpp"
namespace bncheck::oracle::HWY_NAMESPACE {

using namespace bncheck::HWY_NAMESPACE;
using Scalar = DoubleDouble<double>;

static_assert(lane_count == sweep_lanes);

HWY_INLINE Scalar pair(Twofold t) { return {t.hi, t.lo}; }
HWY_INLINE Twofold twofold(Scalar s) { return {s.hi, s.lo}; }

struct Sum {
    DoubleDouble<V> v[vector_count];
    Sum() {
        for (DoubleDouble<V>& each : v) each = {hn::Zero(D()), hn::Zero(D())};
    }
    Scalar total() const {
        std::array<double, sweep_lanes> hi, lo;
        for (std::size_t k = 0; k < vector_count; ++k) {
            store(v[k].hi, hi.data() + k * vector_lanes);
            store(v[k].lo, lo.data() + k * vector_lanes);
        }
        Scalar sum{0, 0};
        for (std::size_t k = 0; k < sweep_lanes; ++k) sum = sum + Scalar{hi[k], lo[k]};
        return sum;
    }
};

/// As for_each_vector, of views.
template <class Step>
HWY_INLINE void for_each(const Values& x, const Values& dy, Step step) {
    if (x.narrow())
        for_each_vector(x.narrow(), dy.narrow(), x.size(), step);
    else
        for_each_vector(x.wide(), dy.wide(), x.size(), step);
}

struct Moments {
    Scalar mu, v, dy, products;
};

Moments moments(const Values& x, const Values& dy, const Twofold* given_mean) {
    const double m = static_cast<double>(x.size());
    Scalar mu;
    if (given_mean) {
        mu = pair(*given_mean);
    } else {
        Sum sum;
        for_each(x, {}, [&](std::size_t k, V value, V, auto valid) HWY_ATTR {
            sum.v[k] = sum.v[k] + hn::IfThenElseZero(valid, value);
        });
        mu = sum.total() / m;
    }
    const DoubleDouble<V> minus_mu{set(-mu.hi), set(-mu.lo)};
    Sum squares, sum_dy, products;
    for_each(x, dy, [&](std::size_t k, V value, V g, auto valid) HWY_ATTR {
        DoubleDouble<V> d = minus_mu + value;
        d = {hn::IfThenElseZero(valid, d.hi), hn::IfThenElseZero(valid, d.lo)};
        squares.v[k] = squares.v[k] + d * d;
        if (dy.size() == 0) return;
        sum_dy.v[k] = sum_dy.v[k] + g;
        products.v[k] = products.v[k] + d * g;
    });
    return {mu, squares.total() / m, sum_dy.total(), products.total()};
}

Scalar running(Scalar old, Scalar batch, double given, bool complement) {
    const Scalar weight = complement ? two_sum(1.0, -given) : Scalar{given, 0},
                 rest = complement ? Scalar{given, 0} : two_sum(1.0, -given);
    return rest * old + weight * batch;
}

/// A constant channel's mean is its value, exactly.
Moments batch_moments(const Values& x, const Values& dy, const MomentFacts& f) {
    const Twofold value{x[0], 0};
    return moments(x, dy, f.constant ? &value : nullptr);
}

void State(const ChannelView& c, const ChannelFacts& f, DoubleDoubleState& s) {
    const Twofold running_mean{c.running_mean, 0};
    const double m = c.count();
    Moments now = c.training ? batch_moments(c.x.back(), c.dy, f.x.back()) : moments(c.x.back(), c.dy, &running_mean);
    if (!c.training) now.v = {c.running_var, 0};
    const Scalar q = now.v + c.eps, r = inverse_sqrt(q), sum = now.products * r;
    s.mu = twofold(now.mu);
    s.v = twofold(now.v);
    s.r = twofold(r);
    s.scale = twofold(r * c.gamma);
    s.dbeta = twofold(now.dy);
    s.dgamma = twofold(sum);
    s.mean_dy = twofold(now.dy / m);
    s.c = twofold(sum / m);
    if (!c.training || !c.running) return;
    Scalar mean{c.running_mean, 0}, variance{c.running_var, 0};
    for (std::size_t step = 0; step < c.x.size(); ++step) {
        const bool last = step + 1 == c.x.size();
        const Moments batch = last ? now : batch_moments(c.x[step], {}, f.x[step]);
        const Scalar v = c.unbiased_running && m > 1 ? batch.v * m / (m - 1) : batch.v;
        mean = running(mean, batch.mu, c.weights[step], c.weights_are_complements);
        variance = running(variance, v, c.weights[step], c.weights_are_complements);
    }
    s.running_mean = twofold(mean);
    s.running_var = twofold(variance);
}

HWY_INLINE Scalar xhat_of(const DoubleDoubleState& s, double x) { return (-pair(s.mu) + x) * pair(s.r); }

void Xhat(const DoubleDoubleState& s, double x, Twofold& xhat) { xhat = twofold(xhat_of(s, x)); }

void Y(const DoubleDoubleState& s, double x, double& xhat, Twofold& y) {
    const Scalar normalized = xhat_of(s, x);
    xhat = normalized.hi;
    y = twofold(normalized * s.gamma + s.beta);
}

void Dx(const DoubleDoubleState& s, double x, double dy, double& xhat, double& bracket, Twofold& dx) {
    const Scalar normalized = xhat_of(s, x);
    const Scalar w = s.training ? (-pair(s.mean_dy) + dy) + -(normalized * pair(s.c)) : Scalar{dy, 0};
    xhat = normalized.hi;
    bracket = w.hi;
    dx = twofold(w * pair(s.scale));
}

}  // namespace bncheck::oracle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bncheck::oracle {
namespace {

HWY_EXPORT(State);
HWY_EXPORT(Xhat);
HWY_EXPORT(Y);
HWY_EXPORT(Dx);

/// Between 2^-200 and 2^200, or 0: then no operand of an error-free product leaves [2^-460, 2^995] unless it is a rounding
/// residue, whose underflow, 2^-1074, is far below the radius that the terms beside it bring.
bool in_range(double value) {
    const double size = std::fabs(value);
    return size == 0 || (size >= 0x1p-200 && size <= 0x1p200);
}

class DoubleDoubleLevel : public Level {
public:
    DoubleDoubleLevel(const ChannelView& channel, const ChannelFacts& facts, Term omitted)
        : c_(channel), f_(facts), omitted_(omitted), arithmetic_{0x1p-103, sweep_height(channel.count())} {
        applies_ = f_.q > 0 && in_range(f_.q) && in_range(c_.gamma) && in_range(c_.beta) && in_range(c_.eps) &&
                   in_range(f_.dy.mean_abs_dy) && std::isfinite(f_.dy.abs_products) && in_range(c_.running_mean) &&
                   in_range(c_.running_var);
        for (const MomentFacts& x : f_.x) {
            const double eta = x.constant ? 0 : plain_mean_error(arithmetic_, x.mean_abs);
            applies_ = applies_ && in_range(x.max_abs) && in_range(x.mean_abs) &&
                       (!c_.training || eta * eta <= arithmetic_.u * x.v || x.constant);
        }
        const MomentFacts& last = f_.x.back();
        radii_ = radii(arithmetic_, !c_.training || last.constant ? 0 : plain_mean_error(arithmetic_, last.mean_abs), c_, f_,
                       omitted);
        applies_ = applies_ && radii_.holds;
        if (!applies_) return;
        state_.gamma = c_.gamma;
        state_.beta = c_.beta;
        state_.training = c_.training;
        HWY_DYNAMIC_DISPATCH(State)(c_, f_, state_);
    }

    bool applies() const override { return applies_; }
    Enclosure mu() const override { return enclosure(state_.mu, radii_.eta); }
    Enclosure v() const override { return enclosure(state_.v, radii_.variance); }
    Enclosure r() const override { return enclosure(state_.r, radii_.rho * f_.r); }
    Enclosure dgamma() const override { return enclosure(state_.dgamma, radii_.dgamma); }
    Enclosure dbeta() const override { return enclosure(state_.dbeta, radii_.dbeta); }

    Enclosure xhat(std::size_t i) const override {
        Twofold value;
        HWY_DYNAMIC_DISPATCH(Xhat)(state_, c_.x.back()[i], value);
        return enclosure(value, radii_.xhat(std::fabs(value.hi), 0));
    }
    Enclosure y(std::size_t i) const override {
        Twofold value;
        double xhat;
        HWY_DYNAMIC_DISPATCH(Y)(state_, c_.x.back()[i], xhat, value);
        return enclosure(value, radii_.y(std::fabs(xhat), std::fabs(value.hi)));
    }
    Enclosure dx(std::size_t i) const override {
        Twofold value;
        double xhat, bracket;
        HWY_DYNAMIC_DISPATCH(Dx)(state_, c_.x.back()[i], c_.dy[i], xhat, bracket, value);
        return enclosure(value, radii_.dx(std::fabs(xhat), std::fabs(bracket)));
    }
    RunningEnclosure running() const override {
        double mean_error = 0, variance_error_ = 0, mean = c_.running_mean, variance = c_.running_var;
        for (std::size_t step = 0; step < c_.x.size(); ++step) {
            const MomentFacts& f = f_.x[step];
            const double w = c_.weights_are_complements ? 1 - c_.weights[step] : c_.weights[step];
            const double batch = c_.unbiased_running && f.m > 1 ? f.v * f.m / (f.m - 1) : f.v;
            const double eta = f.constant ? 0 : plain_mean_error(arithmetic_, f.mean_abs);
            const double batch_error = f.constant ? 0 : variance_error(arithmetic_, batch);
            mean_error = running_error(arithmetic_, w, mean, mean_error, f.hi, eta, omitted_);
            variance_error_ = running_error(arithmetic_, w, variance, variance_error_, batch, batch_error, omitted_);
            mean = (1 - w) * mean + w * f.hi;
            variance = (1 - w) * variance + w * batch;
        }
        return {enclosure(state_.running_mean, mean_error), enclosure(state_.running_var, variance_error_)};
    }

private:
    static Enclosure enclosure(Twofold value, double radius) { return {value.hi, value.lo, radius}; }

    const ChannelView& c_;
    const ChannelFacts& f_;
    Term omitted_;
    Arithmetic arithmetic_;
    Radii radii_;
    bool applies_ = false;
    DoubleDoubleState state_{};
};

}  // namespace

std::unique_ptr<Level> make_double_double_level(const ChannelView& channel, const ChannelFacts& facts, Term omitted) {
    return std::make_unique<DoubleDoubleLevel>(channel, facts, omitted);
}

}  // namespace bncheck::oracle
#endif
