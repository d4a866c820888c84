#include "bncheck/oracle/reference.hpp"

#include <cmath>
#include <limits>

#include "bncheck/bn/definition.hpp"
#include "bncheck/oracle/mpfr_number.hpp"

namespace bncheck::oracle {

Enclosure enclose(const Real& value) {
    Enclosure e;
    e.hi = mpfr_get_d(value.backend().data(), MPFR_RNDN);
    if (!std::isfinite(e.hi)) return e;
    Real rest = value - e.hi;
    if (rest == 0) return e;
    e.lo = mpfr_get_d(rest.backend().data(), MPFR_RNDN);
    rest -= e.lo;
    if (rest == 0) return e;
    e.tail = mpfr_get_d(rest.backend().data(), MPFR_RNDN);
    // |rest| is at most half an ulp of lo, |lo| <= 2^-53 |hi|.
    e.radius = std::fabs(e.hi) * 0x1p-105 + std::numeric_limits<double>::denorm_min();
    return e;
}

namespace {

std::vector<Enclosure> enclose_all(const std::vector<Real>& values) {
    std::vector<Enclosure> result;
    result.reserve(values.size());
    for (const Real& value : values) result.push_back(enclose(value));
    return result;
}

std::vector<Real> reals(const std::vector<double>& values) { return {values.begin(), values.end()}; }

void run_statistics(const Channel& channel, Truth& truth) {
    Real mean = channel.running_mean, variance = channel.running_var;
    for (std::size_t step = 0; step < channel.x.size(); ++step) {
        const std::vector<Real> x = reals(channel.x[step]);
        const bn::Moments<Real> moments = bn::moments(x);
        const Real given = channel.weights[step];
        const Real weight = channel.weights_are_complements ? Real(1) - given : given;
        const bool correct = channel.unbiased_running && x.size() > 1;
        const Real batch = correct ? bn::unbiased(moments.variance, x.size()) : moments.variance;
        mean = bn::running(mean, moments.mean, weight);
        variance = bn::running(variance, batch, weight);
        truth.running.push_back({enclose(mean), enclose(variance), static_cast<double>(weight),
                                 static_cast<double>(moments.mean), static_cast<double>(batch)});
    }
}

}  // namespace

Truth truth_mpfr256(const Channel& channel) {
    Truth truth;
    const std::vector<Real> x = reals(channel.x.back());
    const bn::Moments<Real> moments =
        channel.training ? bn::moments(x) : bn::Moments<Real>{Real(channel.running_mean), Real(channel.running_var)};
    const bn::Normalizer<Real> n = bn::normalizer(moments, Real(channel.eps));
    const bn::Affine<Real> affine{Real(channel.gamma), Real(channel.beta)};
    const std::vector<Real> xhat = bn::normalized(x, n);
    truth.mu = enclose(n.mu);
    truth.v = enclose(n.v);
    truth.q = enclose(n.q);
    truth.r = enclose(n.r);
    truth.xhat = enclose_all(xhat);
    truth.y = enclose_all(bn::output(xhat, affine));
    if (channel.running && channel.training) run_statistics(channel, truth);
    if (!channel.dy) return truth;
    const std::vector<Real> dy = reals(*channel.dy);
    const bn::Gradients<Real> g = channel.training ? bn::closed_form_backward(dy, xhat, affine.gamma, n.r)
                                                   : bn::inference_backward(dy, xhat, affine.gamma, n.r);
    truth.dx = enclose_all(g.dx);
    truth.dgamma = enclose(g.dgamma);
    truth.dbeta = enclose(g.dbeta);
    const Real m = static_cast<unsigned long>(x.size());
    truth.c = enclose(Real(g.dgamma / m));
    Real magnitude = 0;
    for (std::size_t i = 0; i < dy.size(); ++i) magnitude += abs(dy[i] * xhat[i]);
    truth.mean_abs_dy_xhat = static_cast<double>(Real(magnitude / m));
    return truth;
}

std::string decimal(const Enclosure& value) {
    if (!std::isfinite(value.hi)) return std::isnan(value.hi) ? "nan" : value.hi > 0 ? "inf" : "-inf";
    return (Real(value.hi) + value.lo + value.tail).str(40, std::ios_base::scientific);
}

std::string mpfr_description() { return std::string("MPFR ") + mpfr_get_version() + ", 256 bit"; }

}  // namespace bncheck::oracle
