#include "bncheck/oracle/double_level.hpp"

#include <cmath>

#include "bncheck/bn/definition.hpp"
#include "bncheck/oracle/sweep.hpp"

namespace bncheck::oracle {
namespace {

constexpr double largest_eps = 0x1p200, smallest_eps = 0x1p-200;

/// The data are floats: multiples of 2^-149 below 2^128, as are gamma and beta. With eps in [2^-200, 2^200] or 0 and q > 0:
/// q <= 2^257, q >= 2^-200 or (2^-149)^2 / 4m; so r is in [2^-129, 2^180] for m <= 2^60, and no square, product or sum of the
/// definition leaves the doubles: |dx| <= |gamma| r (|dy| + ...) < 2^128+180+128+10. Underflow needs a product below 2^-1022:
/// the smallest, gamma r xhat c, is a rounding residue at most then, and 2^-1075 is nothing beside the radius, which holds
/// |gamma| r h u mean|dy| >= 2^(-149 - 129 - 49 - 149 - 60).
bool in_range(const ChannelView& c, const ChannelFacts& f) {
    const bool narrow = c.x.back().narrow() && (!c.backward() || c.dy.narrow());
    const bool eps_fits = c.eps == 0 || (c.eps >= smallest_eps && c.eps <= largest_eps);
    return narrow && eps_fits && f.q > 0 && std::isfinite(f.r) && std::isfinite(c.gamma) && std::isfinite(c.beta) &&
           std::isfinite(f.x.back().mean_abs) && std::isfinite(f.dy.abs_products);
}

Enclosure enclosure(double value, double radius) { return {value, 0, radius}; }

class DoubleLevel : public Level {
public:
    DoubleLevel(const ChannelView& channel, const ChannelFacts& facts, Term omitted)
        : c_(channel), f_(facts), omitted_(omitted), s_(double_level_state(channel, facts, omitted)) {}

    bool applies() const override { return s_.applies; }
    Enclosure mu() const override { return {s_.hi, s_.lo, s_.radii.eta}; }
    Enclosure v() const override { return enclosure(f_.v, s_.radii.variance); }
    Enclosure r() const override { return enclosure(s_.r, s_.radii.rho * s_.r); }
    Enclosure xhat(std::size_t i) const override {
        const double xhat = s_.xhat(c_.x.back()[i]);
        return enclosure(xhat, s_.radii.xhat(std::fabs(xhat), 0));
    }
    Enclosure y(std::size_t i) const override {
        const double xhat = s_.xhat(c_.x.back()[i]), y = s_.y(xhat);
        return enclosure(y, s_.radii.y(std::fabs(xhat), std::fabs(y)));
    }
    Enclosure dx(std::size_t i) const override {
        const double xhat = s_.xhat(c_.x.back()[i]), w = s_.bracket(c_.dy[i], xhat);
        return enclosure(s_.scale * w, s_.radii.dx(std::fabs(xhat), std::fabs(w)));
    }
    // The heights in radius.cpp are 12 above those of the lanes' tree, which covers the division by m and the way back.
    Enclosure dgamma() const override { return enclosure(s_.c * c_.count(), s_.radii.dgamma); }
    Enclosure dbeta() const override { return enclosure(s_.mean_dy * c_.count(), s_.radii.dbeta); }

    RunningEnclosure running() const override {
        double mean = c_.running_mean, variance = c_.running_var, mean_error = 0, variance_error_ = 0;
        for (std::size_t step = 0; step < c_.x.size(); ++step) {
            const MomentFacts& f = f_.x[step];
            const double w = c_.weights_are_complements ? 1 - c_.weights[step] : c_.weights[step];
            const bool correct = c_.unbiased_running && f.m > 1;
            const double bessel = correct ? f.m / (f.m - 1) : 1;
            const double batch = f.v * bessel, batch_error = f.constant ? 0 : variance_error(s_.arithmetic, batch);
            const double eta = f.constant ? 0 : compensated_mean_error(f.m, f.mean_abs);
            mean_error = running_error(s_.arithmetic, w, mean, mean_error, f.hi, eta, omitted_);
            variance_error_ = running_error(s_.arithmetic, w, variance, variance_error_, batch, batch_error, omitted_);
            mean = bn::running(mean, f.hi, w);
            variance = bn::running(variance, batch, w);
        }
        return {enclosure(mean, mean_error), enclosure(variance, variance_error_)};
    }

private:
    const ChannelView& c_;
    const ChannelFacts& f_;
    Term omitted_;
    DoubleLevelState s_;
};

}  // namespace

DoubleLevelState double_level_state(const ChannelView& c, const ChannelFacts& f, Term omitted) {
    DoubleLevelState s{};
    const double m = c.count();
    s.arithmetic = {0x1p-53, sweep_height(m)};
    const double eta = !c.training || f.x.back().constant ? 0 : compensated_mean_error(m, f.x.back().mean_abs);
    s.radii = radii(s.arithmetic, eta, c, f, omitted);
    s.applies = s.radii.holds && in_range(c, f);
    // Every step's variance must be good for the running statistics; 2 u |mu| <= sqrt(v) as variance_error() assumes.
    for (const MomentFacts& x : f.x)
        s.applies =
            s.applies && (x.constant || (x.eta * x.eta <= 0x1p-53 * x.v && x.hi * x.hi <= 0x1p104 * x.v) || !c.training);
    s.hi = f.hi;
    s.lo = f.lo;
    s.r = f.r;
    s.gamma = c.gamma;
    s.beta = c.beta;
    s.scale = c.gamma * f.r;
    s.mean_dy = f.dy.mean_dy;
    s.c = f.dy.products * f.r;
    s.training = c.training;
    return s;
}

std::unique_ptr<Level> make_double_level(const ChannelView& channel, const ChannelFacts& facts, Term omitted) {
    return std::make_unique<DoubleLevel>(channel, facts, omitted);
}

}  // namespace bncheck::oracle
