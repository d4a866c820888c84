#include "bncheck/judge/moment_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

// The errors of the algorithms for mean and variance (T. F. Chan, G. H. Golub, R. J. LeVeque, "Algorithms for Computing the
// Sample Variance: Analysis and Recommendations", The American Statistician 37 (1983), whose bounds these sharpen to hold with
// their constants). Division by m may be a product with 1/m: two roundings. g_k is gamma_k(k, u), eta the error of the mean.

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using oracle::MomentFacts;

/// Errors of mean and variance, the variance being formed from squares of at most `squares` in sum.
struct Errors {
    double eta, variance, squares;
};

/// mean' = fl(sum x / m): the sum g_h mean|x|, then two roundings of the quotient. With d' = fl(x - mean'): mean of (x -
/// mean')^2 is v + (mean' - mu)^2 exactly; each square carries two roundings of d' and its own, the sum h_v, the division two.
/// Rounded deviations no longer sum exactly, so that h_v = 0 needs all of exact_squares.
Errors two_pass(AccuracyClass c, const MomentFacts& f, double u, double v, double mu) {
    const double h = height(c, f.exact_sum, f.m, f.nonzero), h_v = height(c, f.exact_squares, f.m, f.m);
    const double eta = gamma_k(h, u) * f.mean_abs * (1 + 3 * u) + 2.01 * u * mu, g = gamma_k(h_v + 5, u);
    return {eta, g * v + (1 + g) * eta * eta, f.m * v};
}

/// M_k = M_(k-1) + (x_k - M_(k-1)) / k. Step k adds u |M_k| + 2 u |x_k - M_(k-1)| / k, which later steps damp by k / m. As
/// |M_k| <= max|x|, the sum is at most (m/2 + 5) u max|x|; as k |M_k| <= m mean|x|, also (m + 4 + 2 log m) u mean|x|. Merging
/// blocks has the same steps. S_k = S_(k-1) + a b with a = x_k - M_(k-1), b = x_k - M_k: terms that are not negative and sum to
/// m v, four roundings each and m - 1 additions, two for the division. The means' errors e_k <= eta (k/2 + 5)/(m + 4) change
/// the sum by at most sum(|a| e_k + |b| e_(k-1) + e_k e_(k-1)); by Cauchy's inequality with a^2 = ab k/(k-1), b^2 <= ab it is m
/// (2 eta sqrt(v) + eta^2).
Errors updating(const MomentFacts& f, double u, double v) {
    const double eta = gamma_k(f.m + 4, u) * std::min(f.max_abs, 3 * f.mean_abs);
    return {eta, gamma_k(f.m + 5, u) * v + 2 * eta * std::sqrt(v) + eta * eta, f.m * v};
}

/// d = x - K, K = x[0], R = max |x - mu| >= |K - mu|; mean|d| <= sqrt(v) + R. The mean of d carries one rounding of d, m - 1 of
/// the sum, two of the division; K + mean d one more, of at most max|x| (1 + 2 u). v = mean d^2 - (mean d)^2, mean d^2 <= v +
/// R^2: two roundings of d, one of the square, m - 1, two, and the subtraction; the other term twice those of mean d, the
/// square, and the subtraction.
Errors shifted(const MomentFacts& f, double u, double v) {
    const double R = f.max_deviation, squares = v + R * R;
    return {gamma_k(f.m + 3, u) * (std::sqrt(v) + R) + 3 * u * f.max_abs,
            (gamma_k(f.m + 4, u) + gamma_k(2 * f.m + 6, u)) * squares, f.m * squares};
}

/// The same with K = 0, where nothing is subtracted.
Errors textbook(const MomentFacts& f, double u, double v, double mu) {
    return {two_pass(AccuracyClass::sequential, f, u, v, mu).eta,
            gamma_k(f.m + 3, u) * f.mean_square + gamma_k(2 * f.m + 5, u) * f.mean_abs * f.mean_abs, f.m * f.mean_square};
}

/// Sums in twice the precision, U = u^2: the mean errs by d = m U mean|x| (m - 1 additions, one division) before it is rounded
/// to be stored; x - mean' by D = (m + 4) U max|x| with its own rounding. The mean of (x - mu + e)^2, |e| <= D, differs from v
/// by 2 D sqrt(v) + D^2; the constant part of e, d, by d^2 alone. Five roundings in the type itself are granted to what is
/// left.
MomentError wide(AccuracyClass c, const MomentFacts& f, const Precision& p, const Format& format, double v, double eps) {
    const double d = f.m * p.U * f.mean_abs, D = (f.m + 4) * p.U * f.max_abs;
    const double rest = std::fabs(f.lo) + f.eta;  // of mu beside hi
    const double above = std::fabs(format.round(f.hi + d) - f.hi) + rest;
    const double below = std::fabs(format.round(f.hi - d) - f.hi) + rest;
    const double variance = gamma_k(5, p.u) * v + 1.01 * d * d + 2.1 * D * std::sqrt(v) + 1.01 * D * D + 3 * p.lambda;
    const bool overflows = c == AccuracyClass::wide && v + eps > p.largest;
    return {d, c == AccuracyClass::wide ? std::max({d, above, below}) : d, overflows ? infinity : variance};
}

}  // namespace

Precision precision_of(AccuracyClass c, Dtype dtype, bool flushes) {
    const Format format = format_of(statistics_dtype(dtype));
    const double u = format.unit_roundoff(), U = format.precision == 24 ? 0x1p-53 : 0x1p-106;
    const bool rounded = c == AccuracyClass::rounded;
    const double lambda = flushes ? format.smallest_normal() : format.smallest_subnormal();
    return {rounded ? U : u, U, rounded ? 0 : lambda, format.largest(), flushes && !rounded};
}

double gamma_k(double k, double u) { return k * u >= 1 ? infinity : k * u / (1 - k * u); }

double height(AccuracyClass c, bool exact, double terms, double nonzero) {
    if (exact || c == AccuracyClass::rounded || c == AccuracyClass::wide) return 0;
    return c == AccuracyClass::pairwise ? std::ceil(std::log2(terms)) : std::max(0.0, nonzero - 1);
}

MomentError moment_error(AccuracyClass c, Dtype dtype, const MomentFacts& f, double eps, bool flushes) {
    const Precision p = precision_of(c, dtype, flushes);
    const double v = f.v + f.v_error, m = f.m, mu = std::fabs(f.hi) + std::fabs(f.lo) + f.eta;
    if (c == AccuracyClass::rounded || c == AccuracyClass::wide)
        return wide(c, f, p, format_of(statistics_dtype(dtype)), v, eps);
    // The sum of the magnitudes bounds every partial sum, and 2 max |x| every difference x - mean.
    const bool is_shifted = c == AccuracyClass::shifted || c == AccuracyClass::textbook;  // these may shift, by max|x| at most
    if (m * (f.mean_abs + (is_shifted ? f.max_abs : 0)) > p.largest || 2 * f.max_abs > p.largest)
        return {infinity, infinity, infinity};
    Errors e = c == AccuracyClass::updating   ? updating(f, p.u, v)
               : c == AccuracyClass::shifted  ? shifted(f, p.u, v)
               : c == AccuracyClass::textbook ? textbook(f, p.u, v, mu)
                                              : two_pass(c, f, p.u, v, mu);
    // Quotients underflow: one of a mean, one a step of an updated mean. Where results flush, so do additions (m of them, over
    // m) and inputs. A variance has its squares, its additions and its quotient.
    e.eta += ((c == AccuracyClass::pairwise || c == AccuracyClass::sequential ? 1 : m) + (p.flushes ? 2 : 0)) * p.lambda;
    e.variance += 3 * p.lambda;
    const bool overflows = e.squares + m * e.variance > p.largest || v + e.variance + eps > p.largest;
    return {e.eta, e.eta, overflows ? infinity : e.variance};
}

}  // namespace bncheck::judge
