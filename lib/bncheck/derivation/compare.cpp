#include "bncheck/derivation/compare.hpp"

#include <algorithm>
#include <boost/multiprecision/mpfr.hpp>
#include <cmath>

#include "bncheck/bn/inverse_sqrt.hpp"

#include "bncheck/bn/definition.hpp"

namespace bncheck::derivation {
namespace {

using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<77, boost::multiprecision::allocate_stack>, boost::multiprecision::et_off>;

}  // namespace
}  // namespace bncheck::derivation

namespace boost::multiprecision {
static bncheck::derivation::Real inverse_sqrt(const bncheck::derivation::Real& q) { return 1 / sqrt(q); }
}  // namespace boost::multiprecision

namespace bncheck::derivation {
namespace {

template <class T>
struct Both {
    std::vector<T> staged, closed;
    T r;
};

template <class T>
Both<T> both(const std::vector<double>& x_values, const std::vector<double>& dy_values, double gamma, double eps) {
    std::vector<T> x, dy;
    for (double v : x_values) x.push_back(static_cast<T>(v));
    for (double v : dy_values) dy.push_back(static_cast<T>(v));
    const bn::Normalizer<T> n = bn::normalizer(bn::moments(x), static_cast<T>(eps));
    const std::vector<T> xhat = bn::normalized(x, n);
    return {bn::staged_backward(x, dy, n, static_cast<T>(gamma)).dx, bn::closed_form_backward(dy, xhat, static_cast<T>(gamma), n.r).dx, n.r};
}

template <class T>
double largest_difference(const std::vector<T>& a, const std::vector<Real>& b) {
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double difference = std::fabs(static_cast<double>(Real(Real(a[i]) - b[i])));
        if (!(difference <= largest)) largest = difference;  // a NaN stays
    }
    return largest;
}

}  // namespace

Comparison compare(const std::vector<double>& x, const std::vector<double>& dy, double gamma, double eps, Dtype working) {
    Comparison result;
    const Both<Real> reference = both<Real>(x, dy, gamma, eps);
    const double r = static_cast<double>(reference.r);
    double largest_dy = 0, largest_x = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (!std::isfinite(x[i]) || !std::isfinite(dy[i])) return result;
        largest_dy = std::max(largest_dy, std::fabs(dy[i]));
        largest_x = std::max(largest_x, std::fabs(x[i]));
    }
    const double scale = std::fabs(gamma) * r * largest_dy;
    if (!std::isfinite(scale) || scale == 0) return result;
    result.defined = true;
    result.reference = largest_difference(reference.staged, reference.closed) / scale;
    // Each arrangement sums m terms (m u), of factors x - mu that are off by (m + 1) u max|x| and enter times r, twice in
    // xhat dgamma / m, where |xhat| <= sqrt(m): the error in units of the scale is below 8 (m + 10) u m (1 + max|x| r).
    const double m = static_cast<double>(x.size());
    result.equal_in_reference = result.reference <= 8 * (m + 10) * 0x1p-256 * m * (1 + largest_x * r);
    const auto errors = [&](const auto& narrow) {
        result.staged = largest_difference(narrow.staged, reference.closed) / scale;
        result.closed = largest_difference(narrow.closed, reference.closed) / scale;
    };
    if (working == Dtype::float64) errors(both<double>(x, dy, gamma, eps));
    else errors(both<float>(x, dy, gamma, eps));
    return result;
}

}  // namespace bncheck::derivation
