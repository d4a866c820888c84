#include "bncheck/gradient/screen.hpp"

#include <algorithm>
#include <array>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bncheck/gradient/screen.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
#include "bncheck/core/lanes.hpp"
namespace bncheck::gradient::HWY_NAMESPACE {

using namespace bncheck::HWY_NAMESPACE;

constexpr double u = 0x1p-53;

/// Calls `passes(i, error)` for vectors while it gives all true.
template <class Passes>
HWY_INLINE std::size_t scan(std::size_t begin, std::size_t end, double& max_abs, Passes passes) {
    const D d;
    V largest = set(max_abs), error;
    std::size_t i = begin;
    bool all = true;
    for (; all && i + vector_lanes <= end; i += all ? vector_lanes : 0) {
        all = hn::AllTrue(d, passes(i, error));
        if (all) largest = hn::Max(largest, error);
    }
    // What is left of less than a vector, once more with some before it.
    if (all && i < end && end >= begin + vector_lanes && hn::AllTrue(d, passes(end - vector_lanes, error))) {
        largest = hn::Max(largest, error);
        i = end;
    }
    std::array<double, HWY_LANES(double)> values;
    hn::StoreU(largest, d, values.data());
    max_abs = *std::max_element(values.begin(), values.begin() + vector_lanes);
    return i;
}

template <class S>
std::size_t OpenColumn(const ColumnLimits& l, const double* x, const S* a1, const S* b1, const S* a2, const S* b2,
                       std::size_t begin, std::size_t end, double ratio, double& max_abs) {
    const V gap1 = set(l.per_gap[0]), gap2 = set(l.per_gap[1]), w1 = set(l.weight[0]), w2 = set(l.weight[1]);
    const V scale = set(l.scale), size = hn::Abs(scale), dv = set(l.dv), c = set(l.c), abs_c = set(l.abs_c),
            c_error = set(l.c_error);
    // As in forward_columns.cpp: roundings of mean, difference, product and scale; then of xhat, c and r.
    const V fixed = set(3 * u) * (set(1) + hn::Abs(dv)), three_u = set(3 * u), rho = set(l.rho + 3 * u), seven_u = set(7 * u);
    const V xa = set(l.xhat_error_a), xb = set(l.xhat_error_b), ca = set(l.certain_a), cb = set(l.certain_b);
    const V na = set(l.noise_a), nb = set(l.noise_b), ta = set(l.terms_a), tb = set(l.terms_b), out = set(l.outwards),
            most = set(ratio);
    return scan(begin, end, max_abs, [&](std::size_t i, V& error) HWY_ATTR {
        const V xhat = load(x + i), size_x = hn::Abs(xhat);
        const V D1 = (load(a1 + i) - load(b1 + i)) * gap1, D2 = (load(a2 + i) - load(b2 + i)) * gap2;
        const V part1 = w1 * D1, part2 = w2 * D2, numeric = part1 + part2;
        const V ridders = hn::Max(hn::Abs(numeric - D1), hn::Abs(numeric - D2));
        const V product = xhat * c, analytic = scale * (dv - product), e = xa + xb * size_x;
        const V radius =
            size * (fixed + three_u * hn::Abs(product) + e * abs_c + (size_x + e) * c_error) + rho * hn::Abs(analytic);
        const V rounding = (hn::Abs(part1) + hn::Abs(part2)) * seven_u;
        error = hn::Abs(numeric - analytic);
        const V estimated = (ridders + ca + cb * size_x + rounding + radius) * out + na + nb * size_x;
        return hn::And(hn::Lt(estimated, ta + tb * size_x), hn::Le(error, estimated * most));
    });
}

template <class S>
std::size_t OpenRow(const RowLimits& l, const double* x, const S* got, std::size_t begin, std::size_t end, double ratio,
                    double& max_abs) {
    const V scale = set(l.scale), size = hn::Abs(scale), mean = set(l.mean), c = set(l.c), abs_c = set(l.abs_c),
            c_error = set(l.c_error);
    const V fixed = set(2 * u) * mean, one_u = set(u), rho = set(l.rho + 3 * u);
    const V xa = set(l.xhat_error_a), xb = set(l.xhat_error_b);
    const V ba = set(l.bound_a), bb = set(l.bound_b), bc = set(l.bound_c), out = set(l.outwards), most = set(ratio);
    return scan(begin, end, max_abs, [&](std::size_t i, V& error) HWY_ATTR {
        const V xhat = load(x + i), size_x = hn::Abs(xhat), product = xhat * c;
        const V w = hn::Zero(D()) - mean - product, want = scale * w, e = xa + xb * size_x;
        const V radius = size * (fixed + one_u * hn::Abs(product) + e * abs_c + (size_x + e) * c_error) + rho * hn::Abs(want);
        error = hn::Abs(load(got + i) - want);
        const V bound = ba + bb * size_x + bc * hn::Abs(w);
        return hn::And(hn::Le((error + radius) * out, bound), hn::Le(error, bound * most));
    });
}

std::size_t ColumnFloat(const ColumnLimits& l, const double* x, const float* a1, const float* b1, const float* a2,
                        const float* b2, std::size_t begin, std::size_t end, double ratio, double& max_abs) {
    return OpenColumn(l, x, a1, b1, a2, b2, begin, end, ratio, max_abs);
}
std::size_t ColumnDouble(const ColumnLimits& l, const double* x, const double* a1, const double* b1, const double* a2,
                         const double* b2, std::size_t begin, std::size_t end, double ratio, double& max_abs) {
    return OpenColumn(l, x, a1, b1, a2, b2, begin, end, ratio, max_abs);
}
std::size_t RowFloat(const RowLimits& l, const double* x, const float* got, std::size_t begin, std::size_t end, double ratio,
                     double& max_abs) {
    return OpenRow(l, x, got, begin, end, ratio, max_abs);
}
std::size_t RowDouble(const RowLimits& l, const double* x, const double* got, std::size_t begin, std::size_t end, double ratio,
                      double& max_abs) {
    return OpenRow(l, x, got, begin, end, ratio, max_abs);
}

}  // namespace bncheck::gradient::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bncheck::gradient {

HWY_EXPORT(ColumnFloat);
HWY_EXPORT(ColumnDouble);
HWY_EXPORT(RowFloat);
HWY_EXPORT(RowDouble);

template <>
std::size_t first_open(const ColumnLimits& l, const double* xhat, const float* const above[2], const float* const below[2],
                       std::size_t begin, std::size_t end, double ratio, double& max_abs) {
    return HWY_DYNAMIC_DISPATCH(ColumnFloat)(l, xhat, above[0], below[0], above[1], below[1], begin, end, ratio, max_abs);
}
template <>
std::size_t first_open(const ColumnLimits& l, const double* xhat, const double* const above[2], const double* const below[2],
                       std::size_t begin, std::size_t end, double ratio, double& max_abs) {
    return HWY_DYNAMIC_DISPATCH(ColumnDouble)(l, xhat, above[0], below[0], above[1], below[1], begin, end, ratio, max_abs);
}
template <>
std::size_t first_open(const RowLimits& l, const double* xhat, const float* got, std::size_t begin, std::size_t end,
                       double ratio, double& max_abs) {
    return HWY_DYNAMIC_DISPATCH(RowFloat)(l, xhat, got, begin, end, ratio, max_abs);
}
template <>
std::size_t first_open(const RowLimits& l, const double* xhat, const double* got, std::size_t begin, std::size_t end,
                       double ratio, double& max_abs) {
    return HWY_DYNAMIC_DISPATCH(RowDouble)(l, xhat, got, begin, end, ratio, max_abs);
}

}  // namespace bncheck::gradient
#endif
