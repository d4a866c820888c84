#include "bncheck/gradient/finite_difference.hpp"

#include <cmath>

#include "bncheck/bn/definition.hpp"
#include "bncheck/oracle/mpfr_number.hpp"

namespace bncheck::gradient {
namespace {

using oracle::Real;

struct Function {
    const oracle::Channel& channel;
    std::vector<Real> x, dy;
    Real gamma, beta;

    bn::Normalizer<Real> normalizer() const {
        const bn::Moments<Real> moments =
            channel.training ? bn::moments(x) : bn::Moments<Real>{Real(channel.running_mean), Real(channel.running_var)};
        return bn::normalizer(moments, Real(channel.eps));
    }

    Real value() const {
        return bn::sum_of_products(dy, bn::output(bn::normalized(x, normalizer()), bn::Affine<Real>{gamma, beta}));
    }
};

/// Richardson's step on central differences (L. F. Richardson, 1911): D(h) = L' + h^2 L'''/6 + O(h^4), so that
/// (D(2h) - D(h)) / 3 estimates the error of D(h). `noise` bounds the rounding of one value of L.
oracle::Enclosure derivative(const Function& f, Real& variable, const Real& h, const Real& noise) {
    const Real at = variable;
    const auto difference = [&](const Real& step) -> Real {
        variable = at + step;
        const Real above = f.value();
        variable = at - step;
        const Real below = f.value();
        variable = at;
        return (above - below) / (Real(2) * step);
    };
    const Real near = difference(h), far = difference(Real(2) * h);
    oracle::Enclosure result = oracle::enclose(near);
    result.radius += static_cast<double>(Real(abs(Real(far - near)) / Real(3) + noise / h));
    return result;
}

}  // namespace

NumericGradients finite_differences(const oracle::Channel& channel) {
    const auto& values = channel.x.back();
    Function f{channel,
               {values.begin(), values.end()},
               {channel.dy->begin(), channel.dy->end()},
               Real(channel.gamma),
               Real(channel.beta)};
    const bn::Normalizer<Real> n = f.normalizer();
    const Real scale = Real(1) / n.r;  // y as a function of x_i varies on the scale of the standard deviation
    // The error of D(h) is h^2 L''' / 6 + u L / h with L''' about L / scale^3: least near h = u^(1/3) scale, u = 2^-256.
    const Real third = Real(ldexp(Real(1), -85));
    const Real h = third * scale;
    // One value of L rounds m + 10 times relative to the sum of its terms' magnitudes, and x - mu relative to max |x| / scale.
    Real magnitude = 0, largest = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        magnitude += abs(f.dy[i]) * (abs(f.gamma) * (abs(Real((f.x[i] - n.mu) * n.r)) + Real(1)) + abs(f.beta));
        if (abs(f.x[i]) > largest) largest = abs(f.x[i]);
    }
    const Real noise =
        ldexp(Real(1), -256) * Real(static_cast<double>(values.size()) + 10) * magnitude * (Real(1) + largest * n.r);
    NumericGradients result;
    for (std::size_t i = 0; i < values.size(); ++i) result.dx.push_back(derivative(f, f.x[i], h, noise));
    result.dgamma = derivative(f, f.gamma, third, noise);
    result.dbeta = derivative(f, f.beta, third, noise);
    return result;
}

bool agree(const oracle::Enclosure& analytic, const oracle::Enclosure& numeric) {
    const double difference = std::fabs((analytic.hi - numeric.hi) + (analytic.lo - numeric.lo));
    return difference <= analytic.radius + numeric.radius || (std::isnan(analytic.hi) && std::isnan(numeric.hi));
}

}  // namespace bncheck::gradient
