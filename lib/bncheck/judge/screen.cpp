#include "bncheck/judge/screen.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bncheck/judge/screen.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

#ifndef BNCHECK_JUDGE_LIMITS
#define BNCHECK_JUDGE_LIMITS
namespace bncheck::judge {

/// What passed over elements keep to.
struct Limits {
    oracle::Linear radius, tightest, required;
    double utilisation, max_abs, max_rel, max_ulp;
    double ulp_factor, smallest_normal;  ///< ulp(value) = max(2^e, smallest normal) * factor
};

}  // namespace bncheck::judge
#endif

HWY_BEFORE_NAMESPACE();
#include "bncheck/core/lanes.hpp"
namespace bncheck::judge::HWY_NAMESPACE {

using namespace bncheck::HWY_NAMESPACE;

struct LinearVector {
    V a, b, c;
    explicit LinearVector(const oracle::Linear& l) : a(set(l.a)), b(set(l.b)), c(set(l.c)) {}
    HWY_INLINE V operator()(V xhat, V w) const { return a + b * xhat + c * w; }
};

/// `element` gives xhat, w and the value of the double level, as oracle/double_level.hpp has them.
template <class Element>
HWY_INLINE std::size_t scan(const float* x, const float* other, const float* got, std::size_t begin, std::size_t n,
                            const Limits& l, Element element) {
    const D d;
    const LinearVector radius(l.radius), tightest(l.tightest), required(l.required);
    const V utilisation = set(l.utilisation), max_abs = set(l.max_abs), max_rel = set(l.max_rel), max_ulp = set(l.max_ulp);
    const V factor = set(l.ulp_factor), smallest = set(l.smallest_normal), outwards = set(1 + 0x1p-50);
    const V exponent_mask = hn::BitCast(d, hn::Set(hn::RebindToUnsigned<D>(), 0x7ff0000000000000u));
    const auto dull = [&](V x_value, V other_value, V got_value) HWY_ATTR {
        V xhat, w, value;
        element(x_value, other_value, xhat, w, value);
        const V error = hn::Abs(got_value - value), size = hn::Abs(value);
        xhat = hn::Abs(xhat);
        w = hn::Abs(w);
        const V most = error * outwards + radius(xhat, w), bound = required(xhat, w);
        const V ulp = hn::Max(hn::And(value, exponent_mask), smallest) * factor;
        const auto within = hn::And(hn::Le(most, tightest(xhat, w)), hn::Le(most, bound));
        const auto no_record = hn::And(hn::And(hn::Le(error, utilisation * bound), hn::Le(error, max_abs)),
                                       hn::And(hn::Le(error, max_rel * size), hn::Le(error, max_ulp * ulp)));
        return hn::And(within, no_record);
    };
    std::size_t i = begin;
    for (; i + vector_lanes <= n; i += vector_lanes) {
        const auto mask = dull(load(x + i), load(other + i), load(got + i));
        if (!hn::AllTrue(d, mask)) return i + hn::FindKnownFirstTrue(d, hn::Not(mask));
    }
    if (i == n) return n;
    float rest[3][vector_lanes];
    for (std::size_t k = 0; k < vector_lanes; ++k) {
        const std::size_t at = std::min(i + k, n - 1);
        rest[0][k] = x[at];
        rest[1][k] = other[at];
        rest[2][k] = got[at];
    }
    const auto mask = dull(load(rest[0]), load(rest[1]), load(rest[2]));
    return hn::AllTrue(d, mask) ? n : std::min(n, i + hn::FindKnownFirstTrue(d, hn::Not(mask)));
}

std::size_t ScanY(const float* x, const float* got, std::size_t begin, std::size_t n, const oracle::DoubleLevelState& s,
                  const Limits& l) {
    const V hi = set(s.hi), lo = set(s.lo), r = set(s.r), gamma = set(s.gamma), beta = set(s.beta);
    return scan(x, x, got, begin, n, l, [&](V value, V, V& xhat, V& w, V& y) HWY_ATTR {
        xhat = (value - hi - lo) * r;
        y = gamma * xhat + beta;
        w = y;
    });
}

std::size_t ScanDx(const float* x, const float* dy, const float* got, std::size_t begin, std::size_t n,
                   const oracle::DoubleLevelState& s, const Limits& l) {
    const V hi = set(s.hi), lo = set(s.lo), r = set(s.r), scale = set(s.scale);
    // In inference the bracket is dy: means of 0 leave it as it is.
    const V mean_dy = set(s.training ? s.mean_dy : 0), c = set(s.training ? s.c : 0);
    return scan(x, dy, got, begin, n, l, [&](V value, V g, V& xhat, V& w, V& dx) HWY_ATTR {
        xhat = (value - hi - lo) * r;
        w = (g - mean_dy) - xhat * c;
        dx = scale * w;
    });
}

}  // namespace bncheck::judge::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bncheck::judge {

HWY_EXPORT(ScanY);
HWY_EXPORT(ScanDx);

std::size_t first_of_interest(bool dx, const oracle::ChannelView& channel, const Values& got, std::size_t begin,
                              const oracle::DoubleLevelState& state, const ChannelBounds& bounds,
                              const Requirement& requirement, const TensorFindings& found) {
    const Format& format = requirement.format;
    const auto own = [&](std::size_t k) { return dx ? bounds.own_dx(k) : bounds.own_y(k); };
    const oracle::Linear tightest = found.tightest < accuracy_classes ? own(found.tightest) : own(accuracy_classes - 1);
    const oracle::Linear required = own(static_cast<std::size_t>(requirement.required));
    // Where the required class guarantees nothing, an element within the tightest passes, and has no utilisation.
    const bool guaranteed = std::isfinite(required.a);
    const Limits limits{dx ? state.radii.dx : state.radii.y,
                        tightest,
                        guaranteed ? required : tightest,
                        guaranteed ? std::min(found.utilisation, 1.0) : 1.0,
                        found.max_abs,
                        found.max_rel,
                        found.max_ulp,
                        std::ldexp(1.0, 1 - format.precision),
                        format.smallest_normal()};
    if (!std::isfinite(tightest.a)) return begin;
    const float* x = channel.x.back().narrow();
    return dx ? HWY_DYNAMIC_DISPATCH(ScanDx)(x, channel.dy.narrow(), got.narrow(), begin, got.size(), state, limits)
              : HWY_DYNAMIC_DISPATCH(ScanY)(x, got.narrow(), begin, got.size(), state, limits);
}

}  // namespace bncheck::judge
#endif
