#include "bncheck/oracle/reference.hpp"

#include <cmath>
#include <limits>

#include "bncheck/bn/definition.hpp"
#include "bncheck/oracle/mpfr_number.hpp"

namespace bncheck::oracle {
namespace {

/// hi + lo with its radius.
template <class R>
Enclosure enclosed(const R& value) {
    Enclosure e;
    e.hi = mpfr_get_d(value.backend().data(), MPFR_RNDN);
    if (!std::isfinite(e.hi)) return e;
    R rest = value - e.hi;
    if (rest == 0) return e;
    e.lo = mpfr_get_d(rest.backend().data(), MPFR_RNDN);
    rest -= e.lo;
    if (rest == 0) return e;
    e.tail = mpfr_get_d(rest.backend().data(), MPFR_RNDN);
    // |rest| is at most half an ulp of lo, |lo| <= 2^-53 |hi|.
    e.radius = std::fabs(e.hi) * 0x1p-105 + std::numeric_limits<double>::denorm_min();
    return e;
}

template <class R>
std::vector<Enclosure> enclose_all(const std::vector<R>& values) {
    std::vector<Enclosure> result;
    result.reserve(values.size());
    for (const R& value : values) result.push_back(enclosed(value));
    return result;
}

template <class R>
std::vector<R> reals(const std::vector<double>& values) {
    return {values.begin(), values.end()};
}

template <class R>
void run_statistics(const Channel& channel, Truth& truth) {
    R mean = channel.running_mean, variance = channel.running_var;
    for (std::size_t step = 0; step < channel.x.size(); ++step) {
        const std::vector<R> x = reals<R>(channel.x[step]);
        const bn::Moments<R> moments = bn::moments(x);
        const R given = channel.weights[step];
        const R weight = channel.weights_are_complements ? R(1) - given : given;
        const bool correct = channel.unbiased_running && x.size() > 1;
        const R batch = correct ? bn::unbiased(moments.variance, x.size()) : moments.variance;
        mean = bn::running(mean, moments.mean, weight);
        variance = bn::running(variance, batch, weight);
        truth.running.push_back({enclosed(mean), enclosed(variance), static_cast<double>(weight),
                                 static_cast<double>(moments.mean), static_cast<double>(batch)});
    }
}

template <class R>
Truth truth_of(const Channel& channel) {
    Truth truth;
    const std::vector<R> x = reals<R>(channel.x.back());
    const bn::Moments<R> moments =
        channel.training ? bn::moments(x) : bn::Moments<R>{R(channel.running_mean), R(channel.running_var)};
    const bn::Normalizer<R> n = bn::normalizer(moments, R(channel.eps));
    const bn::Affine<R> affine{R(channel.gamma), R(channel.beta)};
    const std::vector<R> xhat = bn::normalized(x, n);
    truth.mu = enclosed(n.mu);
    truth.v = enclosed(n.v);
    truth.q = enclosed(n.q);
    truth.r = enclosed(n.r);
    truth.xhat = enclose_all(xhat);
    truth.y = enclose_all(bn::output(xhat, affine));
    if (channel.running && channel.training) run_statistics<R>(channel, truth);
    if (!channel.dy) return truth;
    const std::vector<R> dy = reals<R>(*channel.dy);
    const bn::Gradients<R> g = channel.training ? bn::closed_form_backward(dy, xhat, affine.gamma, n.r)
                                                : bn::inference_backward(dy, xhat, affine.gamma, n.r);
    truth.dx = enclose_all(g.dx);
    truth.dgamma = enclosed(g.dgamma);
    truth.dbeta = enclosed(g.dbeta);
    const R m = static_cast<unsigned long>(x.size());
    truth.c = enclosed(R(g.dgamma / m));
    R magnitude = 0;
    for (std::size_t i = 0; i < dy.size(); ++i) magnitude += abs(dy[i] * xhat[i]);
    truth.mean_abs_dy_xhat = static_cast<double>(R(magnitude / m));
    return truth;
}

}  // namespace

Enclosure enclose(const Real& value) { return enclosed(value); }

Truth truth_mpfr256(const Channel& channel) { return truth_of<Real>(channel); }
Truth truth_mpfr512(const Channel& channel) { return truth_of<bn::Real512>(channel); }

std::string decimal(const Enclosure& value) {
    if (!std::isfinite(value.hi)) return std::isnan(value.hi) ? "nan" : value.hi > 0 ? "inf" : "-inf";
    return (Real(value.hi) + value.lo + value.tail).str(40, std::ios_base::scientific);
}

std::string mpfr_description() { return std::string("MPFR ") + mpfr_get_version() + ", 256 bit"; }

}  // namespace bncheck::oracle
