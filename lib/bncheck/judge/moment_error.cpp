#include "bncheck/judge/moment_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

Precision precision_of(AccuracyClass c, Dtype dtype) {
    const Format format = format_of(statistics_dtype(dtype));
    const double u = format.unit_roundoff(), U = format.precision == 24 ? 0x1p-53 : 0x1p-106;
    return {c == AccuracyClass::rounded ? U : u, U, format.smallest_subnormal(), format.largest()};
}

double gamma_k(double k, double u) { return k * u >= 1 ? infinity : k * u / (1 - k * u); }

double height(AccuracyClass c, bool exact, double terms, double nonzero) {
    if (exact || c == AccuracyClass::rounded || c == AccuracyClass::wide) return 0;
    return c == AccuracyClass::pairwise ? std::ceil(std::log2(terms)) : std::max(0.0, nonzero - 1);
}

MomentError moment_error(AccuracyClass c, Dtype dtype, const oracle::MomentFacts& f, double eps) {
    const auto [u, U, lambda, largest] = precision_of(c, dtype);
    const double v = f.v + f.v_error, root = std::sqrt(v), m = f.m, mu = std::fabs(f.hi) + std::fabs(f.lo) + f.eta;
    if (c == AccuracyClass::rounded || c == AccuracyClass::wide) {
        const double d = m * U * f.mean_abs, D = (m + 4) * U * f.max_abs;
        const Format format = format_of(statistics_dtype(dtype));
        const double rest = std::fabs(f.lo) + f.eta;  // of mu beside hi
        const double above = std::fabs(format.round(f.hi + d) - f.hi) + rest;
        const double below = std::fabs(format.round(f.hi - d) - f.hi) + rest;
        const double variance = gamma_k(5, u) * v + 1.01 * d * d + 2.1 * D * root + 1.01 * D * D;
        const bool overflows = c == AccuracyClass::wide && v + eps > largest;
        return {d, c == AccuracyClass::wide ? std::max({d, above, below}) : d, overflows ? infinity : variance};
    }
    // The sum of the magnitudes bounds every partial sum, and 2 max |x| every difference x - mean.
    if (m * f.mean_abs > largest || 2 * f.max_abs > largest) return {infinity, infinity, infinity};
    double eta = 0, variance = 0, squares = m * v;
    const double h = height(c, f.exact_sum, m, f.nonzero);
    const double two_pass = gamma_k(h, u) * f.mean_abs * (1 + 3 * u) + 2.01 * u * mu;
    switch (c) {
        case AccuracyClass::updating:
            eta = gamma_k(m + 4, u) * std::min(f.max_abs, 3 * f.mean_abs);
            variance = gamma_k(m + 5, u) * v + 2 * eta * root + eta * eta;
            break;
        case AccuracyClass::shifted: {
            const double R = f.max_deviation;
            eta = gamma_k(m + 3, u) * (root + R) + 3 * u * f.max_abs;
            variance = (gamma_k(m + 4, u) + gamma_k(2 * m + 6, u)) * (v + R * R);
            squares = m * (v + R * R);
            break;
        }
        case AccuracyClass::textbook:
            eta = two_pass;
            variance = gamma_k(m + 3, u) * f.mean_square + gamma_k(2 * m + 5, u) * f.mean_abs * f.mean_abs;
            squares = m * f.mean_square;
            break;
        default: {  // pairwise and sequential. Squares of rounded deviations sum exactly only where no deviation rounds.
            const double h_v = f.exact_squares ? 0 : c == AccuracyClass::pairwise ? std::ceil(std::log2(m)) : m - 1;
            eta = two_pass;
            variance = gamma_k(h_v + 5, u) * v + (1 + gamma_k(h_v + 5, u)) * eta * eta;
        }
    }
    return {eta, eta, squares > largest || v + eps > largest ? infinity : variance};
}

}  // namespace bncheck::judge
