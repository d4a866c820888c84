#include "bncheck/judge/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Every formula here has fewer than 128 roundings of nonnegative terms, each of at most 2^-53: this makes it an upper bound.
constexpr double upwards = 1 + 0x1p-46;

bool is_exact(const oracle::Enclosure& e) { return e.lo == 0 && e.radius == 0; }

double or_infinity(double bound) { return std::isnan(bound) ? infinity : bound; }

}  // namespace

ChannelBounds::ChannelBounds(const oracle::Channel& channel, const oracle::Truth& truth, Dtype dtype, bool flushes)
    : channel_(channel), truth_(truth), dtype_(dtype), flushes_(flushes), m_(static_cast<double>(channel.x.back().size())) {
    const auto& x = channel.x.back();
    if (channel.dy) {
        const Format format = format_of(statistics_dtype(dtype));
        std::vector<double> products(x.size());
        bool representable = true;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double dy = (*channel.dy)[i], xhat = truth.xhat[i].hi;
            mean_dy_ += dy / m_;
            mean_abs_dy_ += std::fabs(dy) / m_;
            dy_deviation_ += std::fabs(dy * (x[i] - truth.mu.hi)) / m_;
            nonzero_dy_ += dy != 0;
            products[i] = dy * xhat;
            representable = representable && is_exact(truth.xhat[i]) && format.round(xhat) == xhat &&
                            std::fma(dy, xhat, -products[i]) == 0 && format.round(products[i]) == products[i];
        }
        exact_dy_ = sums_exactly(*channel.dy, format.precision);
        exact_products_ = representable && sums_exactly(products, format.precision);
    }
    const MomentFacts facts = moment_facts(x, truth.mu.hi, is_exact(truth.mu), truth.v.hi, dtype);
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        const auto c = static_cast<AccuracyClass>(k);
        const Precision p = precision_of(c, dtype);
        const MomentError error = channel.training ? moment_error(c, dtype, facts, channel.eps) : MomentError{0, 0, 0};
        const double q = truth.q.hi;
        const double tau = or_infinity(((1 + p.u) * error.variance + p.u * (q + channel.eps) + p.lambda) / q);
        const double rho = tau < 1 ? tau / (2 * (1 - tau)) + 4.01 * p.u : infinity;
        terms_[k] = {
            p.u,  error.mean, error.stored_mean, error.variance, tau, rho, 0, 0, 0, c == AccuracyClass::rounded ? 2.02 : 0,
            k < 2};
        if (channel.dy) add_backward_terms(c, terms_[k]);
    }
    if (channel.running && channel.training) running_bounds();
}

void ChannelBounds::add_backward_terms(AccuracyClass c, Terms& t) {
    const Precision p = precision_of(c, dtype_);
    const double u = t.u, r = truth_.r.hi, mu = std::fabs(truth_.mu.hi);
    const double h_dy = height(c, exact_dy_, m_, nonzero_dy_), h_c = height(c, exact_products_, m_, nonzero_dy_);
    const double wide_sum = t.wide ? m_ * p.U : 0;
    if (!t.wide &&
        (m_ * mean_abs_dy_ > p.largest || m_ * dy_deviation_ > p.largest || m_ * truth_.mean_abs_dy_xhat > p.largest)) {
        t.mean_dy_error = t.c_error = infinity;  // a sum may overflow
        t.dbeta_error = m_ * mean_abs_dy_ > p.largest ? infinity : gamma_k(h_dy, u) * m_ * mean_abs_dy_;
        return;
    }
    t.dbeta_error = (gamma_k(h_dy, u) + wide_sum) * m_ * mean_abs_dy_;
    t.mean_dy_error = (gamma_k(h_dy, u) + wide_sum) * mean_abs_dy_ + 2.01 * u * std::fabs(mean_dy_);
    const double g = gamma_k(h_c + 7, u);
    // The last term: each product dy (x - mu) that underflows loses at most lambda before it is multiplied by r.
    t.c_error = (g + t.rho + wide_sum) * truth_.mean_abs_dy_xhat +
                (1 + t.rho) * r * (t.eta * std::fabs(mean_dy_) + (g * t.eta + (t.wide ? 0 : 4 * u * mu)) * mean_abs_dy_) +
                p.lambda * (1 + r);
}

double ChannelBounds::normalized_error(const Terms& t, double xhat) const {
    const double eta_x = t.eta + (t.wide ? 0 : 4.01 * t.u * std::fabs(truth_.mu.hi));
    return (truth_.r.hi * eta_x + 2.01 * t.u * std::fabs(xhat)) * (1 + t.rho) + t.rho * std::fabs(xhat);
}

template <class Own>
ChannelBounds::PerClass ChannelBounds::nested(double value, const Format& stored, Own own) const {
    PerClass result;
    const double u_out = stored.unit_roundoff(), lambda = flushes_ ? stored.smallest_normal() : stored.smallest_subnormal();
    double largest = 0;
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        const double bound = own(terms_[k]) + (1 + terms_[k].rounding) * u_out * std::fabs(value) + lambda;
        largest = std::max(largest, or_infinity(bound) * upwards);
        result[k] = largest;
    }
    return result;
}

ChannelBounds::PerClass ChannelBounds::y(std::size_t i) const {
    const double xhat = truth_.xhat[i].hi, y = truth_.y[i].hi, gamma = std::fabs(channel_.gamma);
    const double lambda = precision_of(AccuracyClass::pairwise, dtype_).lambda;
    return nested(y, format_of(dtype_), [&](const Terms& t) {
        return gamma * (normalized_error(t, xhat) + lambda) * (1 + 2 * t.u) +
               2.02 * t.u * (std::fabs(gamma * xhat) + std::fabs(y));
    });
}

ChannelBounds::PerClass ChannelBounds::dx(std::size_t i) const {
    const double dy = (*channel_.dy)[i], xhat = truth_.xhat[i].hi, gamma = std::fabs(channel_.gamma), r = truth_.r.hi;
    const double c = truth_.c.hi;
    return nested(truth_.dx[i].hi, format_of(dtype_), [&](const Terms& t) {
        if (!channel_.training) return gamma * r * (t.rho + 6 * t.u) * std::fabs(dy);
        const double e = normalized_error(t, xhat);
        const double P = std::fabs(xhat) * t.c_error + std::fabs(c) * e + e * t.c_error;
        const double T = std::fabs(dy - mean_dy_ - xhat * c), S = std::fabs(mean_dy_) + std::fabs(xhat * c);
        const double B = t.mean_dy_error + P + 4 * t.u * (S + T);
        return gamma * r * ((1 + t.rho) * (1 + 6 * t.u) * B + (t.rho + 6 * t.u) * T);
    });
}

ChannelBounds::PerClass ChannelBounds::save_mean() const {
    return nested(truth_.mu.hi, format_of(statistics_dtype(dtype_)), [](const Terms& t) { return t.stored_eta; });
}

ChannelBounds::PerClass ChannelBounds::save_invstd() const {
    return nested(truth_.r.hi, format_of(statistics_dtype(dtype_)),
                  [&](const Terms& t) { return (t.rho + 1.01 * t.u) * truth_.r.hi; });
}

ChannelBounds::PerClass ChannelBounds::save_var() const {
    return nested(truth_.v.hi, format_of(statistics_dtype(dtype_)), [](const Terms& t) { return t.variance; });
}

ChannelBounds::PerClass ChannelBounds::dgamma() const {
    return nested(truth_.dgamma.hi, format_of(statistics_dtype(dtype_)), [&](const Terms& t) { return m_ * t.c_error; });
}

ChannelBounds::PerClass ChannelBounds::dbeta() const {
    return nested(truth_.dbeta.hi, format_of(statistics_dtype(dtype_)), [](const Terms& t) { return t.dbeta_error; });
}

void ChannelBounds::running_bounds() {
    const Format stored = format_of(statistics_dtype(dtype_));
    const double u_out = stored.unit_roundoff(), lambda = flushes_ ? stored.smallest_normal() : stored.smallest_subnormal();
    std::vector<MomentFacts> facts;
    const double correction = channel_.unbiased_running && m_ > 1 ? m_ / (m_ - 1) : 1;
    for (std::size_t step = 0; step < channel_.x.size(); ++step)
        facts.push_back(moment_facts(channel_.x[step], truth_.running[step].batch_mean, false,
                                     truth_.running[step].batch_variance / correction, dtype_));
    facts.back() = moment_facts(channel_.x.back(), truth_.mu.hi, is_exact(truth_.mu), truth_.v.hi, dtype_);
    for (std::size_t k = 0; k < accuracy_classes; ++k) {
        const Terms& t = terms_[k];
        double mean_error = 0, variance_error = 0, old_mean = channel_.running_mean, old_variance = channel_.running_var;
        for (std::size_t step = 0; step < channel_.x.size(); ++step) {
            const oracle::RunningTruth& now = truth_.running[step];
            const MomentError e = moment_error(static_cast<AccuracyClass>(k), dtype_, facts[step], channel_.eps);
            const auto advance = [&](double error, double error_new, double old, double fresh, double value) {
                // A weight of 0 keeps even an infinite error out.
                const double blended = now.weight > 0 ? now.weight * error_new : 0;
                return (1 - now.weight) * error + blended + 5 * t.u * (std::fabs(old) + std::fabs(fresh)) +
                       (1 + t.rounding) * u_out * std::fabs(value) + lambda;
            };
            mean_error = advance(mean_error, e.stored_mean, old_mean, now.batch_mean, now.mean.hi);
            variance_error =
                advance(variance_error, e.variance * correction, old_variance, now.batch_variance, now.variance.hi);
            old_mean = now.mean.hi;
            old_variance = now.variance.hi;
        }
        running_mean_[k] = std::max(k ? running_mean_[k - 1] : 0, or_infinity(mean_error) * upwards);
        running_var_[k] = std::max(k ? running_var_[k - 1] : 0, or_infinity(variance_error) * upwards);
    }
}

std::vector<bool> ChannelBounds::resolved(AccuracyClass c) const {
    const std::size_t k = static_cast<std::size_t>(c);
    const auto& x = channel_.x.back();
    std::vector<bool> result(x.size(), !channel_.training && !channel_.dy);  // without a sum nothing can be left out of one
    const double mean = save_mean()[k], invstd = save_invstd()[k];
    const double gamma = channel_.dy ? dgamma()[k] : infinity, beta = channel_.dy ? dbeta()[k] : infinity;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double d = x[i] - truth_.mu.hi;
        const bool statistics =
            channel_.training && (std::fabs(x[i]) / m_ > mean || truth_.r.hi * d * d / m_ / (2 * truth_.q.hi) > invstd);
        const double dy = channel_.dy ? (*channel_.dy)[i] : 0;
        if (statistics || std::fabs(dy) > beta || std::fabs(dy * truth_.xhat[i].hi) > gamma) result[i] = true;
    }
    return result;
}

}  // namespace bncheck::judge
