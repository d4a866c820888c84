#include "bncheck/oracle/second_order_error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/oracle/facts.hpp"

// Errors of the double backward (bn/double_backward.hpp has the formulas and names) in every arrangement of the field:
//
//   closed    the formulas as they stand, B as mean(u P(g)), mean(g P(u)) or mean(u g) - mean u mean g - s_u s_g
//   centred   gx from xhat (mean(u g) - mean u mean g - 3 s_u s_g) + s_g (u - mean u) + s_u (g - mean g), which is the same
//             since P(z) = (z - mean z) - xhat s_z; xhat and s_z as powers of r times x - mu and mean(z (x - mu))
//   staged    the chain rule node by node through the staged backward: with w = u - mean u, from dd, dr, dv, r, xhat
//                 adj d = -gamma r^2 (s_g w + s_u g + xhat (mean(w g) - 3 s_u s_g)) + ddgamma r (g - xhat s_g)
//             and gx = adj d - mean(adj d)
//
// E_a is the error of a, a' the computed value. Sums err by errors.sum of the sum of magnitudes; what is computed after the
// sums passes through at most 12 roundings: in the staged form s_g w has gamma, the product r r r (2), -1/2, 2/m (2), the
// product with w and w itself (2), two additions and the subtraction of the mean, the other forms fewer.

namespace bncheck::oracle {
namespace {

constexpr double roundings = 12;

/// The sizes of one vector from facts in which it stands as dy, gamma 1.
VectorSizes sizes_of(const ChannelFacts& f) {
    const double r = f.r * (1 + f.radii.rho);
    return {f.dy.mean_abs_dy,
            std::fabs(f.dy.mean_dy) + f.radii.mean_dy,
            std::fabs(f.dy.products) * f.r + f.radii.c,
            f.dy.abs_products * r,
            f.dy.max_abs_dy,
            f.dy.mean_dy,
            f.dy.products * f.r};
}

double xhat_of(const ChannelFacts& f, double x) { return ((x - f.hi) - f.lo) * f.r; }

/// s' in the staged form sums w (x - mu') in place of z (x - mu'): mean z times mean|xhat| more to round, and E_mean meets the
/// mean of x - mu', which is its error.
SecondOrderErrors::OfVector staged(const SecondOrderErrors& e, const SecondOrderFacts& f, const VectorSizes& z,
                                   const SecondOrderErrors::OfVector& z_errors) {
    return {z_errors.mean, z_errors.s + e.sum * z.mean * f.spread + z_errors.mean * (e.xhat.a + e.xhat.b * f.spread)};
}

/// E_B. mean(u P'(g)): the sum, over |u| (|g| + |mean g| + |xhat s_g|); E_g of mean g times |u|; E_s of s_g times |u xhat|;
/// (|s_g| + E_s) |u| E_xhat. mean(g P'(u)) likewise, and mean(u g) - mean u mean g - s_u s_g is within both together. In the
/// centred and staged forms 3 s_u s_g brings its E_s three times.
double covariance_error(const SecondOrderFacts& f, const SecondOrderErrors& e, const SecondOrderErrors::OfVector& g,
                        const SecondOrderErrors::OfVector& u) {
    if (!f.training) return e.sum * f.products;
    return e.sum *
               (f.products + f.u.mean * f.g.mean_abs + f.u.mean_abs * f.g.mean + f.u.s * f.g.products + f.u.products * f.g.s) +
           g.mean * f.u.mean_abs + u.mean * f.g.mean_abs + g.mean * u.mean + g.s * (f.u.products + 2 * f.u.s) +
           u.s * (f.g.products + 2 * f.g.s) + 3 * g.s * u.s +
           (f.g.s + g.s) * (e.xhat.a * f.u.mean_abs + e.xhat.b * f.u.products) +
           (f.u.s + u.s) * (e.xhat.a * f.g.mean_abs + e.xhat.b * f.g.products);
}

/// Error, sizes of what rounds and size of the bracket xhat B + s_g P(u) + s_u P(g), of one element or of the mean of all.
struct Bracket {
    double error, rounds, size;
};

Bracket bracket_of(const SecondOrderFacts& f, const SecondOrderErrors& e, double B, const SecondOrderElement& at,
                   double xhat_error) {
    const SecondOrderErrors::OfVector g = staged(e, f, f.g, e.g), u = staged(e, f, f.u, e.u_vector);
    const double covariance = covariance_error(f, e, g, u), both = f.u.s * f.g.s;
    // xhat meets B - 2 s_u s_g with w and g - mean g, or B, s_g s_u and s_u s_g within P(u) and P(g).
    return {at.xhat * covariance + (B + 2 * both + covariance) * xhat_error + g.s * at.u_centred + (f.g.s + g.s) * u.mean +
                u.s * at.g_centred + (f.u.s + u.s) * g.mean,
            at.xhat * (B + 2 * f.u.mean * f.g.mean + 4 * both) + f.g.s * (at.u + f.u.mean) + f.u.s * (at.g + f.g.mean),
            at.xhat * (B + 2 * both) + f.g.s * at.u_centred + f.u.s * at.g_centred};
}

/// The same of P(z).
Bracket projection_of(const VectorSizes& z, const SecondOrderErrors::OfVector& errors, double xhat, double xhat_error,
                      double size, double centred) {
    return {errors.mean + xhat * errors.s + (z.s + errors.s) * xhat_error, size + 2 * z.mean + 2 * xhat * z.s,
            centred + xhat * z.s};
}

/// |B|, not below the truth.
double covariance_size(const SecondOrderFacts& f) {
    const SecondOrderErrors e = double_errors(f);
    return std::fabs(f.B) + covariance_error(f, e, e.g, e.u_vector);
}

/// The means over the channel of what an element has. mean|z - mean z| <= mean|z| + |mean z|.
SecondOrderElement mean_element(const SecondOrderFacts& f) {
    return {f.spread, f.g.mean_abs, f.u.mean_abs, f.g.mean_abs + f.g.mean, f.u.mean_abs + f.u.mean, 0, 0};
}

double xhat_error_of(const SecondOrderErrors& e, double xhat) { return e.xhat.a + e.xhat.b * xhat; }

}  // namespace

SecondOrderFacts second_order_facts(const SecondOrderView& view, Dtype dtype) {
    SecondOrderFacts f{};
    ChannelView with_dy = view.first, with_ddx = view.first;
    with_dy.gamma = with_ddx.gamma = 1;
    with_ddx.dy = view.ddx;
    f.dy = facts_of(with_dy, dtype);
    f.ddx = facts_of(with_ddx, dtype);
    for (ChannelFacts* each : {&f.dy, &f.ddx}) each->dy.exact_dy = each->dy.exact_products = each->dy.exact_brackets = false;
    f.training = view.first.training;
    f.m = view.first.count();
    f.r = f.dy.r * (1 + f.dy.radii.rho);
    f.signed_gamma = view.first.gamma;
    f.signed_ddgamma = view.ddgamma;
    f.gamma = std::fabs(view.first.gamma);
    f.ddgamma = std::fabs(view.ddgamma);
    f.ddbeta = std::fabs(view.ddbeta);
    f.g = sizes_of(f.dy);
    f.u = sizes_of(f.ddx);
    f.spread = std::sqrt(std::min(1.0, (f.dy.v + f.dy.v_error) / std::max(view.first.eps, f.dy.q - f.dy.v_error)));
    f.largest_deviation = f.training ? f.dy.x.back().max_deviation : f.dy.x.back().max_abs + std::fabs(f.dy.hi);
    const Values &x = view.first.x.back(), &g = view.first.dy, &u = view.ddx;
    double products = 0, covariance = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double P = f.training ? (g[i] - f.g.signed_mean) - xhat_of(f.dy, x[i]) * f.g.signed_s : g[i];
        products += std::fabs(u[i] * g[i]);
        covariance += u[i] * P;
    }
    f.products = products / f.m;
    f.B = covariance / f.m;
    return f;
}

SecondOrderErrors plain_errors(const Arithmetic& a, const SecondOrderView& view, const SecondOrderFacts& f) {
    ChannelParameters parameters = view.first;
    parameters.gamma = 1;
    const MomentFacts& x = f.dy.x.back();
    const double eta = !f.training || x.constant ? 0 : plain_mean_error(a, x.mean_abs);
    const Radii g = radii(a, eta, parameters, f.dy), u = radii(a, eta, parameters, f.ddx);
    const double rho = g.holds && u.holds ? g.rho : std::numeric_limits<double>::infinity();
    return {a.u, 1.01 * (a.height + 8) * a.u, rho, g.xhat, 0, 0, {g.mean_dy, g.c}, {u.mean_dy, u.c}};
}

SecondOrderErrors double_errors(const SecondOrderFacts& f) {
    constexpr double u = 0x1p-53;
    const Radii &g = f.dy.radii, &of_u = f.ddx.radii;
    return {u, 1.01 * (f.m + 8) * u, g.rho, g.xhat, 0, 0, {g.mean_dy, g.c}, {of_u.mean_dy, of_u.c}};
}

SecondOrderElement second_order_element(const SecondOrderView& view, const SecondOrderFacts& f, std::size_t i) {
    constexpr double u = 0x1p-53;
    const double xhat = xhat_of(f.dy, view.first.x.back()[i]), g = view.first.dy[i], ddx = view.ddx[i], r = f.dy.r;
    SecondOrderElement at{};
    at.xhat = std::fabs(xhat) * (1 + f.dy.radii.xhat.b) + f.dy.radii.xhat.a;
    at.g = std::fabs(g);
    at.u = std::fabs(ddx);
    if (!f.training) {
        at.gdy = f.signed_gamma * r * ddx + f.signed_ddgamma * xhat + view.ddbeta;
        at.gx = f.signed_ddgamma * r * g;
        return at;
    }
    const double g_centred = g - f.g.signed_mean, u_centred = ddx - f.u.signed_mean;
    at.g_centred = std::fabs(g_centred) * (1 + u) + f.dy.radii.mean_dy;
    at.u_centred = std::fabs(u_centred) * (1 + u) + f.ddx.radii.mean_dy;
    const double P_g = g_centred - xhat * f.g.signed_s, P_u = u_centred - xhat * f.u.signed_s;
    at.gdy = f.signed_gamma * r * P_u + f.signed_ddgamma * xhat + view.ddbeta;
    at.gx = f.signed_ddgamma * r * P_g - f.signed_gamma * r * r * (xhat * f.B + f.g.signed_s * P_u + f.u.signed_s * P_g);
    return at;
}

/// gamma r' P'(u) + ddgamma xhat' + ddbeta; r'^3 (x - mu') k_u for r xhat s_u in the staged form.
double gdy_error(const SecondOrderFacts& f, const SecondOrderErrors& e, const SecondOrderElement& at) {
    const double k = roundings * e.u + 3 * e.power, again = 1 + k, xhat_error = xhat_error_of(e, at.xhat);
    const double affine = f.ddgamma * (xhat_error * again + k * at.xhat) + k * f.ddbeta + e.underflow;
    if (!f.training) return f.gamma * f.r * (e.rho * again + k) * at.u + affine;
    const Bracket P = projection_of(f.u, staged(e, f, f.u, e.u_vector), at.xhat, xhat_error, at.u, at.u_centred);
    return f.gamma * f.r * ((1 + e.rho) * again * (P.error + k * P.rounds) + e.rho * P.size) + affine;
}

/// Where a mean is taken off at the end, it brings the mean of all elements' errors and its own sum's.
double gx_error(const SecondOrderFacts& f, const SecondOrderErrors& e, const SecondOrderElement& at) {
    const double k = roundings * e.u + 3 * e.power, again = 1 + k;
    if (!f.training) return f.ddgamma * f.r * (e.rho * again + k) * at.g + e.underflow;
    const SecondOrderElement mean = mean_element(f);
    const double xhat_error = xhat_error_of(e, at.xhat), mean_xhat_error = xhat_error_of(e, mean.xhat);
    const double B = covariance_size(f);
    const Bracket own = bracket_of(f, e, B, at, xhat_error), all = bracket_of(f, e, B, mean, mean_xhat_error);
    const auto total = [&](const Bracket& one, const Bracket& every, double growth) {  // r'^n = r^n (1 +- growth)
        return (1 + growth) * again * (one.error + every.error + k * (one.rounds + every.rounds) + e.sum * every.rounds) +
               growth * one.size;
    };
    const SecondOrderErrors::OfVector g = staged(e, f, f.g, e.g);
    const Bracket own_P = projection_of(f.g, g, at.xhat, xhat_error, at.g, at.g_centred),
                  all_P = projection_of(f.g, g, mean.xhat, mean_xhat_error, mean.g, mean.g_centred);
    return f.gamma * f.r * f.r * total(own, all, e.rho * (2 + e.rho)) + f.ddgamma * f.r * total(own_P, all_P, e.rho) +
           e.underflow;
}

/// r' m B', or r' within the sum.
double ggamma_error(const SecondOrderFacts& f, const SecondOrderErrors& e) {
    const double k = roundings * e.u + 3 * e.power;
    const double error = covariance_error(f, e, staged(e, f, f.g, e.g), staged(e, f, f.u, e.u_vector));
    const double B = f.training ? covariance_size(f) : std::fabs(f.B) + double_errors(f).sum * f.products;
    return f.m * (f.r * ((1 + e.rho) * (1 + k) * error + (e.rho + k) * B) + e.underflow);
}

double second_order_error(std::string_view tensor, const SecondOrderFacts& f, const SecondOrderErrors& e,
                          const SecondOrderElement& at) {
    return tensor == "gdy" ? gdy_error(f, e, at) : tensor == "gx" ? gx_error(f, e, at) : ggamma_error(f, e);
}

}  // namespace bncheck::oracle
