#include "bncheck/derivation/walk/compare.hpp"

#include <cmath>
#include <limits>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/real.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/derivation/formula/evaluate.hpp"
#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/steps/arrangements.hpp"

namespace bncheck::derivation {
namespace {

using Real = bn::Real256;

/// What the backwards start from.
template <class T>
struct Forward {
    std::vector<T> x, dy;
    T gamma, eps;
    bn::Normalizer<T> n;
    std::vector<T> xhat;
    bool training;
};

template <class T>
std::vector<T> converted(const std::vector<double>& values) {
    std::vector<T> result;
    result.reserve(values.size());
    for (const double value : values) result.push_back(static_cast<T>(value));
    return result;
}

template <class T>
Forward<T> forward(const ChannelData& channel) {
    std::vector<T> x = converted<T>(channel.x);
    const T eps = static_cast<T>(channel.eps);
    const bn::Moments<T> moments =
        channel.given ? bn::Moments<T>{static_cast<T>(channel.given->mean), static_cast<T>(channel.given->variance)}
                      : bn::moments(x);
    const bn::Normalizer<T> n = bn::normalizer(moments, eps);
    std::vector<T> xhat = bn::normalized(x, n);
    return {std::move(x), converted<T>(channel.dy), static_cast<T>(channel.gamma), eps, n, std::move(xhat), !channel.given};
}

/// In inference the chain has one way, through xhat.
template <class T>
bn::Gradients<T> staged(const Forward<T>& f) {
    if (f.training) {
        bn::StagedBackward<T> all = bn::staged_backward(f.x, f.dy, f.n, f.gamma);
        return {std::move(all.dx), all.dgamma, all.dbeta};
    }
    std::vector<T> dx;
    dx.reserve(f.dy.size());
    for (const T& dy : f.dy) dx.push_back(f.gamma * dy * f.n.r);
    return {std::move(dx), bn::sum_of_products(f.dy, f.xhat), bn::sum(f.dy)};
}

template <class T>
bn::Gradients<T> closed_form(const Forward<T>& f) {
    return f.training ? bn::closed_form_backward(f.dy, f.xhat, f.gamma, f.n.r)
                      : bn::inference_backward(f.dy, f.xhat, f.gamma, f.n.r);
}

struct Units {
    Real dx, sums;
};

double in_units(const Real& difference, const Real& unit) {
    if (difference == 0) return 0;
    const double ratio =
        unit == 0 ? std::numeric_limits<double>::infinity() : static_cast<double>(Real(abs(difference) / unit));
    return std::isfinite(ratio) ? ratio : std::numeric_limits<double>::infinity();
}

template <class T>
double largest_difference(const std::vector<T>& a, const std::vector<Real>& b, const Real& unit) {
    Real largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const Real difference = abs(Real(a[i]) - b[i]);
        if (!(difference <= largest)) largest = difference;
        if (!isfinite(largest)) break;
    }
    return in_units(largest, unit);
}

/// Computed in the reference type, u its unit roundoff, on the same rounded d_i = fl(x_i - mu) and r in both arrangements.
/// With h_i = |d_i| r, so that mean h^2 <= 1 (v is the mean of those d_i^2, q >= v) and mean h <= 1, K = r mean|x|,
/// Y = max|dy| and D = |gamma| r Y, to first order in u:
///
///   exactly    on these d and r, staged - closed = -2 dv sum(d) / m^2, of size D r |sum d| / m at most, and d sums to
///              m (mu - fl(mu)) and the roundings of d, together u (m mean|x| + mean|d|) m:         u D (m K + 1)
///   staged     |dr| <= m |gamma| Y / r is good to (m + 1) u, dv to (m + 4) u, 2 d dv/m to (m + 6) u h D,
///              dd, |dd| <= D (1 + h), to ((m + 7) h + 3) u D, dmu/m, a sum of m of these, to (3m + 10) u D,
///              dx to                                                                 u D ((m + 8) h + 3m + 16)
///   closed     dgamma/m to (m + 2) u Y, xhat dgamma/m to (m + 4) u h Y, dbeta/m to m u Y, their differences
///              with dy to (3 + h) u Y, the factor gamma r to 2 u (2 + h) D:            u D ((m + 7) h + m + 8)
///
/// The sum is below u D (m + 8)(K + 2 max h + 4), with 7 u D left for second order. Nothing in it grows with the error of
/// v or r, so that it holds for mean/stddev of any size and for constant channels. dgamma and dbeta, sums of m terms of
/// size Y (1 + h) at most, are good to 2 (m + 1) u m Y in both, which is less.
///
/// In inference both are gamma r dy with two roundings, in different order, so that they differ by less than 5 u D; dgamma and
/// dbeta are one formula.
Real equality_bound(const Forward<Real>& reference, const std::vector<double>& x) {
    const Real u = std::numeric_limits<Real>::epsilon() / 2, m = static_cast<unsigned long>(x.size());
    if (!reference.training) return 5 * u;
    Real total = 0, largest_xhat = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        total += std::fabs(x[i]);
        if (largest_xhat < abs(reference.xhat[i])) largest_xhat = abs(reference.xhat[i]);
    }
    return u * (m + 8) * (reference.n.r * total / m + 2 * largest_xhat + 4);
}

template <class T>
GradientErrors errors(const bn::Gradients<T>& found, const bn::Gradients<Real>& truth, const Units& units) {
    return {largest_difference(found.dx, truth.dx, units.dx), in_units(Real(found.dgamma) - truth.dgamma, units.sums),
            in_units(Real(found.dbeta) - truth.dbeta, units.sums)};
}

/// The gradients of a program of arrangements().
template <class T>
bn::Gradients<T> followed(const std::vector<Statement>& program, Quantities<T>& z) {
    for (const Statement& statement : program) z.values[statement.target] = evaluate<T>(statement.value, z);
    return {std::move(z.values.at("dx").values), z.values.at("dgamma").at(0), z.values.at("dbeta").at(0)};
}

template <class T>
std::vector<ArrangementErrors> working_errors(const ChannelData& channel, const bn::Gradients<Real>& truth,
                                              const Units& units) {
    Forward<T> f = forward<T>(channel);
    std::vector<ArrangementErrors> all = {{"staged", errors(staged(f), truth, units)},
                                          {"closed form", errors(closed_form(f), truth, units)}};
    if (!f.training) return all;
    Quantities<T> z;
    z.m = f.x.size();
    z.values = {{"m", one_number(bn::count<T>(z.m))},
                {"eps", one_number(f.eps)},
                {"mu", one_number(f.n.mu)},
                {"v", one_number(f.n.v)},
                {"gamma", one_number(f.gamma)}};
    z.values["x"] = for_every_index(std::move(f.x));
    z.values["dy"] = for_every_index(std::move(f.dy));
    z.values["xhat"] = for_every_index(std::move(f.xhat));
    for (const Arrangement& arrangement : arrangements())
        all.push_back({arrangement.id, errors(followed(parse_program(arrangement.program), z), truth, units)});
    return all;
}

bool all_finite(const std::vector<double>& values) {
    for (const double value : values)
        if (!std::isfinite(value)) return false;
    return true;
}

bool all_finite(const ChannelData& channel) {
    return all_finite(channel.x) && all_finite(channel.dy) && std::isfinite(channel.gamma) && std::isfinite(channel.eps) &&
           (!channel.given || (std::isfinite(channel.given->mean) && std::isfinite(channel.given->variance)));
}

}  // namespace

Comparison compare(const ChannelData& channel, Dtype working) {
    if (channel.x.size() != channel.dy.size())
        throw Error(Fault::internal, "bad-shape", "derivation", "x and dy of a channel have different sizes");
    Comparison result;
    if (channel.x.empty() || !all_finite(channel)) return result;
    const Forward<Real> reference = forward<Real>(channel);
    if (!(reference.n.q > 0)) return result;
    result.defined = true;

    Real largest_dy = 0;
    for (const double value : channel.dy)
        if (largest_dy < std::fabs(value)) largest_dy = std::fabs(value);
    const Units units{fabs(reference.gamma) * reference.n.r * largest_dy,
                      largest_dy * static_cast<unsigned long>(channel.x.size())};
    const bn::Gradients<Real> truth = closed_form(reference);
    result.reference = errors(staged(reference), truth, units);
    result.reference_bound = static_cast<double>(equality_bound(reference, channel.x));
    result.equal_in_reference = result.reference.dx <= result.reference_bound &&
                                result.reference.dgamma <= result.reference_bound &&
                                result.reference.dbeta <= result.reference_bound;
    result.working = working == Dtype::float64 ? working_errors<double>(channel, truth, units)
                                               : working_errors<float>(channel, truth, units);
    return result;
}

}  // namespace bncheck::derivation
