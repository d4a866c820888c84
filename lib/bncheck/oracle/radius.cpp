#include "bncheck/oracle/radius.hpp"

#include <cmath>

#include "bncheck/oracle/sweep.hpp"

// First-order error analysis (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., chapters 2 to 4): every
// operation errs by at most u relative, a sum of height h by h u times the sum of its terms' magnitudes. The factor 1.01 covers
// the terms of second order, since every relative error here is below 2^-10 (`holds`), the use of computed magnitudes for true
// ones, and the rounding of these formulas themselves. Primes mark computed values.
//
// Nothing over- or underflows where a level applies: levels check their ranges (double_level.cpp, double_double_level.cpp), and
// MPFR's exponents have no bounds that matter.

namespace bncheck::oracle {

double compensated_mean_error(double m, double mean_abs) {
    // TwoSum's errors e sum to at most h u sum|x|, since each is u times a partial sum of the lane; their own sum errs by h u
    // times that (Ogita, Rump, Oishi, proposition 4.5). Division to hi + lo: hi is rounded, its remainder exact, so that lo
    // errs by 2 u |lo| <= 2 u^2 |mu|. Taking d = (x - hi) - lo for x - mu errs by u |lo| more. (h + 1)^2 covers both, as h
    // >= 17.
    const double h = sweep_height(m) + 1;
    return 1.01 * (h * 0x1p-53) * (h * 0x1p-53) * mean_abs;
}

double plain_mean_error(const Arithmetic& a, double mean_abs) {
    return 1.01 * (a.height + 1) * a.u * mean_abs;  // the sum, and the division by m
}

double variance_error(const Arithmetic& a, double v) {
    // d' = d (1 + 2.01 u) + delta: the two subtractions, and the mean's error. The constant part of delta only adds delta^2 <=
    // eta^2 <= u v to the mean of d'^2, since sum d = 0; its part by element, u |lo| <= u^2 |mu|, adds 2 u |lo| sqrt(v) <= u v.
    // Squares u, their sum h u, the division u: with the 4.02 u of d'^2 that is (h + 8.02) u, and h u >= u covers the rest.
    return 1.01 * (a.height + 8) * a.u * v;
}

double running_error(const Arithmetic& a, double weight, double old, double old_error, double batch, double batch_error,
                     Term omitted) {
    // w (perhaps 1 - w' rounded: u), 1 - w, two products, one sum; Bessel's m / (m - 1) two more for the batch: at most 6 u of
    // either term, taken with |w| + |1 - w| since 1 - w errs by u however small it is.
    const double spread = std::fabs(weight) + std::fabs(1 - weight);
    return (omitted == Term::running_old ? 0 : 1.01 * std::fabs(1 - weight) * old_error) +
           (omitted == Term::running_new ? 0 : 1.01 * std::fabs(weight) * batch_error) +
           (omitted == Term::running_rounding ? 0 : 1.01 * 6 * a.u * spread * (std::fabs(old) + std::fabs(batch)));
}

Radii radii(const Arithmetic& a, double eta, const ChannelParameters& channel, const ChannelFacts& f, Term omitted) {
    const auto term = [&](Term which, double value) { return which == omitted ? 0 : value; };
    const double u = a.u, gamma = std::fabs(channel.gamma), m = f.x.back().m;
    Radii radii;
    const double variance = channel.training ? variance_error(a, f.v) : 0;
    radii.eta = term(Term::mean_sum, eta);
    radii.variance = term(Term::variance_sum, variance);
    // q' = (v' + eps)(1 + u): tau = E_v / q + u; r' = 1 / sqrt(q'): tau / 2 and a rounding each, 2.5 u. (The double-double
    // level corrects r by its residual 1 - q r^2, to the same.)
    const double from_v = 0.51 * variance / f.q, from_r = 2.6 * u;
    radii.rho = term(Term::r_variance, from_v) + term(Term::r_rounding, from_r);
    radii.holds = from_v + from_r <= 0x1p-10 && a.height * u <= 0x1p-10 &&
                  (!channel.training || eta == 0 || (eta * eta <= u * f.v && f.v_error <= 0x1p-8 * f.v));
    // xhat' = d' r': eta from the mean, 2.01 u from d', u from the product, and r'.
    const double a_mean = 1.01 * f.r * eta, b_variance = 1.01 * from_v, b_rounding = 1.01 * from_r + 3.1 * u;
    radii.xhat = {term(Term::xhat_mean, a_mean), term(Term::xhat_variance, b_variance) + term(Term::xhat_rounding, b_rounding),
                  0};
    // y' = gamma xhat' + beta: one rounding each.
    radii.y = {term(Term::y_mean, gamma * a_mean),
               term(Term::y_variance, gamma * b_variance) + term(Term::y_product, gamma * (b_rounding + 1.01 * u)),
               term(Term::y_sum, 1.01 * u)};
    if (f.dy.mean_abs_dy == 0) return radii;
    // dbeta' = sum dy, and its division by m.
    radii.dbeta = term(Term::dbeta_sum, 1.01 * a.height * u * m * f.dy.mean_abs_dy);
    const double mean_dy = 1.01 * (a.height + 1) * u * f.dy.mean_abs_dy;
    radii.mean_dy = mean_dy;
    // c' = (sum dy d' / m) r': d' 2.01 u, product u, sum h u, division u, product u, r' 2.6 u, all of mean |dy d| r; that of v
    // is at most 0.52 (h + 8) u of |c|, which is no more. eta from the mean.
    const double c = std::fabs(f.dy.products) * f.r;
    const double c_sum = 1.01 * 1.52 * (a.height + 8) * u * f.dy.abs_products * f.r,
                 c_mean = 1.01 * f.r * eta * f.dy.mean_abs_dy, c_error = c_sum + c_mean;
    radii.c = c_error;
    radii.dgamma = 1.01 * m * (term(Term::dgamma_sum, c_sum) + term(Term::dgamma_mean, c_mean));
    if (!channel.training) {  // dx' = (gamma r') dy
        radii.dx.c = gamma * f.r * term(Term::dx_rounding, 1.01 * from_r + 2.02 * u);
        return radii;
    }
    // dx' = (gamma r') I', I' = (dy - mean_dy') - xhat' c'. Roundings within I: of |dy - mean dy| <= |I| + |xhat c|, of the
    // product |xhat c|, and of |I|: 2 u (|I| + |xhat c|). Then r', and two products: (rho + 2 u) |I|. What the mean's error
    // does to xhat is left out where it is less than the first addition to mean dy, which is one to zero and exact: so it is at
    // the double level.
    const double scale = 1.01 * gamma * f.r, c_most = c + c_error;
    const double dx_mean = c_most * a_mean <= u * f.dy.mean_abs_dy ? 0 : c_most * a_mean;
    radii.dx.a = scale * (term(Term::dx_mean_dy, mean_dy) + term(Term::dx_mean, dx_mean));
    radii.dx.b =
        scale * (term(Term::dx_c, c_error + c_most * b_rounding + 2.02 * u * c) + term(Term::dx_variance, c_most * b_variance));
    radii.dx.c = scale * (term(Term::dx_variance, from_v) + term(Term::dx_rounding, 4.04 * u + from_r));
    return radii;
}

}  // namespace bncheck::oracle
