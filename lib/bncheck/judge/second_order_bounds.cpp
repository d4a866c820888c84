#include "bncheck/judge/second_order_bounds.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Largest and smallest number of the arithmetic that a class computes in.
struct Range {
    double largest, lambda;
};

/// Twice the precision of float32 has the exponents of double; that of float64 may have no more than double itself. `rounded`
/// knows no range.
Range range_of(const ClassTerms& t, AccuracyClass c, Dtype dtype) {
    if (c == AccuracyClass::rounded) return {infinity, 0};
    if (c == AccuracyClass::wide && statistics_dtype(dtype) == Dtype::float32)
        return {std::numeric_limits<double>::max(), std::numeric_limits<double>::denorm_min()};
    return {t.p.largest, t.p.lambda};
}

}  // namespace

SecondOrderBounds::SecondOrderBounds(const oracle::SecondOrderView& view, const oracle::SecondOrderFacts& facts, Dtype dtype,
                                     bool flushes)
    : view_(view), facts_(facts), dtype_(dtype), flushes_(flushes) {
    for (std::size_t k = 0; k < accuracy_classes; ++k) admitted_[k] = admitted(static_cast<AccuracyClass>(k), flushes);
}

/// Terms of the sums have up to five roundings (u - mean u, gamma dy, x - mu, two products) and the division two: g_(h + 8).
///
/// Range: every product that any arrangement forms is one of some factors among those of `all`: m (a sum), gamma or ddgamma,
/// r^3, x - mu, dy, ddx. Where all of those above 1 together overflow, one of them may. A product that underflows errs by
/// lambda times the factors that are still to come, at most `all`; there are fewer than 16 in an element. r^2 and r^3, which
/// meet what is large, err by lambda / r^3 relative. Where the range may be left the bound is that of the arrangements which do
/// not leave it: within it an element is right, and beyond it nothing can be said.
SecondOrderBounds::Admitted SecondOrderBounds::admitted(AccuracyClass c, bool flushes) const {
    oracle::ChannelView with_dy = view_.first, with_ddx = view_.first;
    with_dy.gamma = with_ddx.gamma = 1;
    with_ddx.dy = view_.ddx;
    const oracle::SecondOrderFacts& f = facts_;
    const ClassTerms g = class_terms(c, with_dy, f.dy, sizes_of(with_dy, f.dy), dtype_, flushes),
                     u = class_terms(c, with_ddx, f.ddx, sizes_of(with_ddx, f.ddx), dtype_, flushes);
    const double sum = gamma_k(height(c, false, f.m, f.m) + 8, g.p.u) + (g.wide ? f.m * g.p.U : 0);
    const Range range = range_of(g, c, dtype_);
    const double powers = f.training ? (1 + f.r) * (1 + f.r) * (1 + f.r) : 1 + f.r;
    const double all =
        f.m * (1 + f.gamma + f.ddgamma) * powers * (1 + f.largest_deviation) * (1 + f.g.largest) * (1 + f.u.largest);
    const double power = f.training && range.lambda > 0 ? range.lambda / (f.r * f.r * f.r) : 0;
    const bool leaves = range.largest < infinity && !(all <= range.largest && power <= 0x1p-10);
    return {g,
            {g.p.u,
             sum,
             g.rho,
             g.xhat,
             leaves ? 0 : power,
             leaves || range.lambda == 0 ? 0 : 16 * range.lambda * all,
             {g.mean_dy_error, g.dx_c_error},
             {u.mean_dy_error, u.dx_c_error}},
            leaves};
}

bool SecondOrderBounds::leaves_range(AccuracyClass c) const { return admitted_[static_cast<std::size_t>(c)].leaves_range; }

double SecondOrderBounds::own(std::string_view tensor, AccuracyClass c, const oracle::SecondOrderElement& element,
                              double value) const {
    const Admitted& a = admitted_[static_cast<std::size_t>(c)];
    const Storing stored(tensor == "ggamma" ? statistics_dtype(dtype_) : dtype_, flushes_);
    return or_infinity((1 + stored.u_out) * oracle::second_order_error(tensor, facts_, a.errors, element) +
                       stored.error(a.terms, value)) *
           upwards;
}

ChannelBounds::PerClass SecondOrderBounds::at(std::string_view tensor, std::size_t i) const {
    const bool elementwise = tensor != "ggamma";
    const oracle::SecondOrderElement element =
        elementwise ? oracle::second_order_element(view_, facts_, i) : oracle::SecondOrderElement{};
    const double computed = tensor == "gdy" ? element.gdy : elementwise ? element.gx : facts_.m * facts_.r * facts_.B;
    const double value =
        std::fabs(computed) + oracle::second_order_error(tensor, facts_, oracle::double_errors(facts_), element);
    ChannelBounds::PerClass bounds;
    for (std::size_t k = 0; k < accuracy_classes; ++k)
        bounds[k] = std::max(k ? bounds[k - 1] : 0, own(tensor, static_cast<AccuracyClass>(k), element, value));
    return bounds;
}

}  // namespace bncheck::judge
