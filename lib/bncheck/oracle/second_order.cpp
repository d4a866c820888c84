#include "bncheck/oracle/second_order.hpp"

#include <cmath>
#include <limits>

#include "bncheck/bn/double_backward.hpp"
#include "bncheck/oracle/double_double_number.hpp"
#include "bncheck/oracle/mpfr_number.hpp"

namespace bncheck::oracle {
namespace {

bool all_finite(const bncheck::Values& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i])) return false;
    return true;
}

bool is_finite(const SecondOrderView& v) {
    const ChannelView& c = v.first;
    return all_finite(c.x.back()) && all_finite(c.dy) && all_finite(v.ddx) && std::isfinite(c.running_mean) &&
           std::isfinite(c.running_var) && std::isfinite(c.gamma) && std::isfinite(v.ddgamma) && std::isfinite(v.ddbeta);
}

/// Between 2^-200 and 2^200, or 0. Results then have at most six factors (gamma r^2 s u, r being within 2^-100 and 2^100): no
/// error-free product has an operand above 2^900, and rounding residues that underflow, by 2^-1074, are far below the radius,
/// 2^-103 of terms that are not below 2^-900.
bool in_range(double value) {
    const double size = std::fabs(value);
    return size == 0 || (size >= 0x1p-200 && size <= 0x1p200);
}

bool double_double_applies(const SecondOrderView& v, const SecondOrderFacts& f) {
    const ChannelView& c = v.first;
    if (!(f.dy.q > 0)) return false;
    for (const double value : {f.dy.q, c.gamma, c.eps, c.running_mean, c.running_var, v.ddgamma, v.ddbeta, f.g.mean_abs,
                               f.g.largest, f.u.mean_abs, f.u.largest, f.dy.x.back().max_abs, f.dy.x.back().mean_abs})
        if (!in_range(value)) return false;
    return true;
}

/// Relative errors of one operation: 8 u^2, u = 2^-53; 256 bits are 2^-257 each, and the rest covers the magnitudes in the
/// radii being computed ones. The definition's sums are in order.
Arithmetic double_double_arithmetic(double m) { return {0x1p-103, m}; }
Arithmetic mpfr_arithmetic(double m) { return {0x1p-254, m}; }

Enclosure enclosure_of(const DoubleDoubleNumber& value) { return {value.hi, value.lo, 0}; }
Enclosure enclosure_of(const Real& value) { return enclose(value); }

template <class T>
bn::SecondGradients<T> gradients(const SecondOrderView& v, bool constant) {
    const ChannelView& c = v.first;
    const auto numbers = [](const bncheck::Values& values) {
        std::vector<T> result;
        result.reserve(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) result.push_back(T(values[i]));
        return result;
    };
    const std::vector<T> x = numbers(c.x.back()), dy = numbers(c.dy);
    // A constant channel's mean is its value, exactly.
    const bn::Moments<T> moments = !c.training ? bn::Moments<T>{T(c.running_mean), T(c.running_var)}
                                   : constant  ? bn::Moments<T>{x[0], T(0)}
                                               : bn::moments(x);
    const bn::Normalizer<T> n = bn::normalizer(moments, T(c.eps));
    const std::vector<T> xhat = bn::normalized(x, n);
    const bn::SecondSeeds<T> seeds{numbers(v.ddx), T(v.ddgamma), T(v.ddbeta)};
    return c.training ? bn::double_backward(seeds, dy, xhat, T(c.gamma), n.r)
                      : bn::inference_double_backward(seeds, dy, xhat, T(c.gamma), n.r);
}

}  // namespace

SecondOrderTruth::SecondOrderTruth(const SecondOrderView& view, const SecondOrderFacts& facts, LevelName from)
    : view_(view), facts_(facts), finite_(is_finite(view)), lowest_(LevelName::mpfr), first_(LevelName::mpfr) {
    const bool applies = finite_ && double_double_applies(view, facts) &&
                         std::isfinite(plain_errors(double_double_arithmetic(facts.m), view, facts).rho);
    if (applies) lowest_ = LevelName::double_double;
    first_ = std::max(from, lowest_);
}

Enclosure SecondOrderTruth::at(std::string_view tensor, std::size_t i, LevelName level) {
    level = std::max(level, lowest_);
    std::optional<Values>& values = values_[static_cast<std::size_t>(level)];
    if (!values) values = computed(level);
    return tensor == "gdy" ? values->gdy[i] : tensor == "gx" ? values->gx[i] : values->ggamma;
}

SecondOrderTruth::Values SecondOrderTruth::computed(LevelName level) const {
    const bool twofold = level == LevelName::double_double;
    const SecondOrderErrors errors =
        plain_errors(twofold ? double_double_arithmetic(facts_.m) : mpfr_arithmetic(facts_.m), view_, facts_);
    const auto widened = [&](Enclosure e, double radius) {
        if (finite_ && std::isfinite(e.hi)) e.radius += std::isnan(radius) ? std::numeric_limits<double>::infinity() : radius;
        return e;
    };
    const auto values_of = [&](const auto& g) {
        Values values;
        for (std::size_t i = 0; i < g.gx.size(); ++i) {
            const SecondOrderElement element = second_order_element(view_, facts_, i);
            values.gdy.push_back(widened(enclosure_of(g.gdy[i]), gdy_error(facts_, errors, element)));
            values.gx.push_back(widened(enclosure_of(g.gx[i]), gx_error(facts_, errors, element)));
        }
        values.ggamma = widened(enclosure_of(g.ggamma), ggamma_error(facts_, errors));
        return values;
    };
    const bool constant = finite_ && facts_.dy.x.back().constant;
    return twofold ? values_of(gradients<DoubleDoubleNumber>(view_, constant)) : values_of(gradients<Real>(view_, constant));
}

}  // namespace bncheck::oracle
