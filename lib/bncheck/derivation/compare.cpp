#include "bncheck/derivation/compare.hpp"

#include <cmath>
#include <limits>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/real.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::derivation {
namespace {

using Real = bn::Real256;

template <class T>
struct Arrangements {
    bn::Normalizer<T> n;
    std::vector<T> xhat;
    bn::Gradients<T> staged, closed;
};

template <class T>
std::vector<T> converted(const std::vector<double>& values) {
    std::vector<T> result;
    result.reserve(values.size());
    for (const double value : values) result.push_back(static_cast<T>(value));
    return result;
}

template <class T>
Arrangements<T> arrangements(const std::vector<double>& x_values, const std::vector<double>& dy_values, double gamma_value,
                             double eps) {
    const std::vector<T> x = converted<T>(x_values), dy = converted<T>(dy_values);
    const T gamma = static_cast<T>(gamma_value);
    const bn::Normalizer<T> n = bn::normalizer(bn::moments(x), static_cast<T>(eps));
    std::vector<T> xhat = bn::normalized(x, n);
    bn::StagedBackward<T> staged = bn::staged_backward(x, dy, n, gamma);
    bn::Gradients<T> closed = bn::closed_form_backward(dy, xhat, gamma, n.r);
    return {n, std::move(xhat), {std::move(staged.dx), staged.dgamma, staged.dbeta}, std::move(closed)};
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
Real equality_bound(const Arrangements<Real>& reference, const std::vector<double>& x) {
    const Real u = std::numeric_limits<Real>::epsilon() / 2, m = static_cast<unsigned long>(x.size());
    Real total = 0, largest_xhat = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        total += std::fabs(x[i]);
        if (largest_xhat < abs(reference.xhat[i])) largest_xhat = abs(reference.xhat[i]);
    }
    return u * (m + 8) * (reference.n.r * total / m + 2 * largest_xhat + 4);
}

struct Errors {
    double dx, dgamma, dbeta;
};

template <class T>
Errors errors(const bn::Gradients<T>& found, const bn::Gradients<Real>& truth, const Units& units) {
    return {largest_difference(found.dx, truth.dx, units.dx), in_units(Real(found.dgamma) - truth.dgamma, units.sums),
            in_units(Real(found.dbeta) - truth.dbeta, units.sums)};
}

bool all_finite(const std::vector<double>& values) {
    for (const double value : values)
        if (!std::isfinite(value)) return false;
    return true;
}

template <class T>
void add_working_precision(Comparison& result, const Arrangements<T>& working, const bn::Gradients<Real>& truth,
                           const Units& units) {
    const Errors staged = errors(working.staged, truth, units), closed = errors(working.closed, truth, units);
    result.staged = staged.dx;
    result.staged_dgamma = staged.dgamma;
    result.staged_dbeta = staged.dbeta;
    result.closed = closed.dx;
    result.closed_dgamma = closed.dgamma;
    result.closed_dbeta = closed.dbeta;
}

}  // namespace

Comparison compare(const std::vector<double>& x, const std::vector<double>& dy, double gamma, double eps, Dtype working) {
    if (x.size() != dy.size())
        throw Error(Fault::internal, "bad-shape", "derivation", "x and dy of a channel have different sizes");
    Comparison result;
    if (x.empty() || !all_finite(x) || !all_finite(dy) || !std::isfinite(gamma) || !std::isfinite(eps)) return result;
    const Arrangements<Real> reference = arrangements<Real>(x, dy, gamma, eps);
    if (!(reference.n.q > 0)) return result;
    result.defined = true;

    Real largest_dy = 0;
    for (const double value : dy)
        if (largest_dy < std::fabs(value)) largest_dy = std::fabs(value);
    const Units units{fabs(Real(gamma)) * reference.n.r * largest_dy, largest_dy * static_cast<unsigned long>(x.size())};
    const bn::Gradients<Real>& truth = reference.closed;
    const Errors difference = errors(reference.staged, truth, units);
    result.reference = difference.dx;
    result.reference_dgamma = difference.dgamma;
    result.reference_dbeta = difference.dbeta;
    result.reference_bound = static_cast<double>(equality_bound(reference, x));
    result.equal_in_reference = difference.dx <= result.reference_bound && difference.dgamma <= result.reference_bound &&
                                difference.dbeta <= result.reference_bound;

    if (working == Dtype::float64)
        add_working_precision(result, arrangements<double>(x, dy, gamma, eps), truth, units);
    else
        add_working_precision(result, arrangements<float>(x, dy, gamma, eps), truth, units);
    return result;
}

}  // namespace bncheck::derivation
