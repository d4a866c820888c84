#include "bncheck/judge/moment_error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Exponent of the last bit of a nonzero finite number.
int last_bit(double value) {
    int exponent;
    const double fraction = std::frexp(std::fabs(value), &exponent);
    const auto significand = static_cast<std::uint64_t>(std::ldexp(fraction, 53));
    return exponent - 53 + std::countr_zero(significand);
}

bool is_representable(double value, const Format& format) { return format.round(value) == value; }

}  // namespace

Precision precision_of(AccuracyClass c, Dtype dtype) {
    const Format format = format_of(statistics_dtype(dtype));
    const double u = format.unit_roundoff(), U = format.precision == 24 ? 0x1p-53 : 0x1p-106;
    return {c == AccuracyClass::rounded ? U : u, U, format.smallest_subnormal(), format.largest()};
}

double gamma_k(double k, double u) { return k * u >= 1 ? infinity : k * u / (1 - k * u); }

bool sums_exactly(const std::vector<double>& terms, int p) {
    int exponent = std::numeric_limits<int>::max();
    double total = 0;
    for (double term : terms) {
        if (term == 0) continue;
        if (!std::isfinite(term)) return false;
        exponent = std::min(exponent, last_bit(term));
        total += std::fabs(term);
    }
    if (total == 0) return true;
    // Where the condition holds for p <= 53, `total` is exact; where it does not, rounding cannot bring it below 2^(e + p).
    return total <= std::ldexp(1.0, exponent + p);
}

MomentFacts moment_facts(const std::vector<double>& x, double mu, bool mu_is_exact, double v, Dtype dtype) {
    MomentFacts f{static_cast<double>(x.size()), mu, v, 0, 0, 0, 0, 0, false, false};
    const Format format = format_of(statistics_dtype(dtype));
    bool representable = mu_is_exact && is_representable(mu, format);
    std::vector<double> squares(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double magnitude = std::fabs(x[i]), d = x[i] - mu;
        f.mean_abs += magnitude / f.m;
        f.mean_square += magnitude * magnitude / f.m;
        f.max_abs = std::max(f.max_abs, magnitude);
        f.max_deviation = std::max(f.max_deviation, std::fabs(d));
        f.nonzero += magnitude != 0;
        squares[i] = d * d;
        representable = representable && is_representable(d, format) && d + mu == x[i] && std::fma(d, d, -squares[i]) == 0 &&
                        is_representable(squares[i], format);
    }
    f.exact_sum = sums_exactly(x, format.precision);
    f.exact_squares = representable && f.exact_sum && sums_exactly(squares, format.precision);
    return f;
}

double height(AccuracyClass c, bool exact, double terms, double nonzero) {
    if (exact || c == AccuracyClass::rounded || c == AccuracyClass::wide) return 0;
    return c == AccuracyClass::pairwise ? std::ceil(std::log2(terms)) : std::max(0.0, nonzero - 1);
}

MomentError moment_error(AccuracyClass c, Dtype dtype, const MomentFacts& f, double eps) {
    const auto [u, U, lambda, largest] = precision_of(c, dtype);
    const double root = std::sqrt(f.v), m = f.m, mu = std::fabs(f.mu);
    if (c == AccuracyClass::rounded || c == AccuracyClass::wide) {
        const double d = m * U * f.mean_abs, D = (m + 4) * U * f.max_abs;
        const Format format = format_of(statistics_dtype(dtype));
        const double above = std::fabs(format.round(f.mu + d) - f.mu), below = std::fabs(format.round(f.mu - d) - f.mu);
        const double variance = gamma_k(5, u) * f.v + 1.01 * d * d + 2.1 * D * root + 1.01 * D * D;
        const bool overflows = c == AccuracyClass::wide && f.v + eps > largest;
        return {d, c == AccuracyClass::wide ? std::max({d, above, below}) : d, overflows ? infinity : variance};
    }
    // The sum of the magnitudes bounds every partial sum, and 2 max |x| every difference x - mean.
    if (m * f.mean_abs > largest || 2 * f.max_abs > largest) return {infinity, infinity, infinity};
    double eta = 0, variance = 0, squares = m * f.v;
    const double h = height(c, f.exact_sum, m, f.nonzero);
    const double two_pass = gamma_k(h, u) * f.mean_abs * (1 + 3 * u) + 2.01 * u * mu;
    switch (c) {
        case AccuracyClass::updating:
            eta = gamma_k(m + 4, u) * std::min(f.max_abs, 3 * f.mean_abs);
            variance = gamma_k(m + 5, u) * f.v + 2 * eta * root + eta * eta;
            break;
        case AccuracyClass::shifted: {
            const double R = f.max_deviation;
            eta = gamma_k(m + 3, u) * (root + R) + 3 * u * f.max_abs;
            variance = (gamma_k(m + 4, u) + gamma_k(2 * m + 6, u)) * (f.v + R * R);
            squares = m * (f.v + R * R);
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
            variance = gamma_k(h_v + 5, u) * f.v + (1 + gamma_k(h_v + 5, u)) * eta * eta;
        }
    }
    return {eta, eta, squares > largest || f.v + eps > largest ? infinity : variance};
}

}  // namespace bncheck::judge
