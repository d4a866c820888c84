#include "bncheck/oracle/sweep.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bncheck/oracle/sweep.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
#include "bncheck/core/lanes.hpp"
namespace bncheck::oracle::HWY_NAMESPACE {

using namespace bncheck::HWY_NAMESPACE;

static_assert(lane_count == sweep_lanes);

template <class S>
FirstPass First(const S* x, std::size_t n) {
    const D d;
    Lanes s, error, magnitude, largest, nonzero, distance;
    const V first = set(static_cast<double>(x[0])), one = set(1);
    for_each_vector(x, static_cast<const S*>(nullptr), n, [&](std::size_t k, V value, V, auto valid) HWY_ATTR {
        distance.v[k] = hn::Max(distance.v[k], hn::Abs(value - first));
        value = hn::IfThenElseZero(valid, value);
        const V total = s.v[k] + value, part = total - s.v[k];  // TwoSum
        error.v[k] = error.v[k] + ((s.v[k] - (total - part)) + (value - part));
        s.v[k] = total;
        const V size = hn::Abs(value);
        magnitude.v[k] = magnitude.v[k] + size;
        largest.v[k] = hn::Max(largest.v[k], size);
        nonzero.v[k] = nonzero.v[k] + hn::IfThenElseZero(hn::Ne(size, hn::Zero(d)), one);
    });
    const std::array<double, sweep_lanes> sums = s.values(), errors = error.values();
    FirstPass result{0, 0, magnitude.sum(), largest.max(), nonzero.sum(), distance.max()};
    for (std::size_t k = 0; k < sweep_lanes; ++k) {
        const double total = result.sum_hi + sums[k], part = total - result.sum_hi;
        result.sum_lo += ((result.sum_hi - (total - part)) + (sums[k] - part)) + errors[k];
        result.sum_hi = total;
    }
    return result;
}

template <class S>
SecondPass Second(const S* x, const S* dy, std::size_t n, double hi, double lo) {
    const D d;
    const V mean_hi = set(hi), mean_lo = set(lo), one = set(1);
    Lanes squares, deviation, sum_dy, abs_dy, products, abs_products, nonzero, largest;
    if (!dy) {
        for_each_vector(x, dy, n, [&](std::size_t k, V value, V, auto valid) HWY_ATTR {
            const V centred = hn::IfThenElseZero(valid, (value - mean_hi) - mean_lo);
            squares.v[k] = squares.v[k] + centred * centred;
            deviation.v[k] = hn::Max(deviation.v[k], hn::Abs(centred));
        });
        return {squares.sum(), deviation.max(), 0, 0, 0, 0, 0, 0};
    }
    for_each_vector(x, dy, n, [&](std::size_t k, V value, V g, auto valid) HWY_ATTR {
        const V centred = hn::IfThenElseZero(valid, (value - mean_hi) - mean_lo);
        squares.v[k] = squares.v[k] + centred * centred;
        deviation.v[k] = hn::Max(deviation.v[k], hn::Abs(centred));
        const V product = g * centred;
        sum_dy.v[k] = sum_dy.v[k] + g;
        const V size = hn::Abs(g);
        abs_dy.v[k] = abs_dy.v[k] + size;
        largest.v[k] = hn::Max(largest.v[k], size);
        products.v[k] = products.v[k] + product;
        abs_products.v[k] = abs_products.v[k] + hn::Abs(product);
        nonzero.v[k] = nonzero.v[k] + hn::IfThenElseZero(hn::Ne(g, hn::Zero(d)), one);
    });
    return {squares.sum(),  deviation.max(),    sum_dy.sum(),  abs_dy.sum(),
            products.sum(), abs_products.sum(), nonzero.sum(), largest.max()};
}

FirstPass FirstNarrow(const float* x, std::size_t n) { return First(x, n); }
FirstPass FirstWide(const double* x, std::size_t n) { return First(x, n); }
SecondPass SecondNarrow(const float* x, const float* dy, std::size_t n, double hi, double lo) {
    return Second(x, dy, n, hi, lo);
}
SecondPass SecondWide(const double* x, const double* dy, std::size_t n, double hi, double lo) {
    return Second(x, dy, n, hi, lo);
}

}  // namespace bncheck::oracle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bncheck::oracle {
HWY_EXPORT(FirstNarrow);
HWY_EXPORT(FirstWide);
HWY_EXPORT(SecondNarrow);
HWY_EXPORT(SecondWide);

double sweep_height(double m) {
    constexpr double lanes = static_cast<double>(sweep_lanes);
    return std::ceil(m / lanes) + lanes;
}

FirstPass first_pass(const Values& x) {
    if (x.narrow()) return HWY_DYNAMIC_DISPATCH(FirstNarrow)(x.narrow(), x.size());
    return HWY_DYNAMIC_DISPATCH(FirstWide)(x.wide(), x.size());
}

SecondPass second_pass(const Values& x, double hi, double lo, const Values& dy) {
    if (x.narrow()) return HWY_DYNAMIC_DISPATCH(SecondNarrow)(x.narrow(), dy.narrow(), x.size(), hi, lo);
    return HWY_DYNAMIC_DISPATCH(SecondWide)(x.wide(), dy.wide(), x.size(), hi, lo);
}

}  // namespace bncheck::oracle
#endif
