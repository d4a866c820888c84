#include "bncheck/kernels/fast.hpp"

#include <algorithm>
#include <array>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bncheck/kernels/fast.cpp"
#include <hwy/foreach_target.h>
//
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
#include "bncheck/core/lanes.hpp"
namespace bncheck::kernels::HWY_NAMESPACE {

using namespace bncheck::HWY_NAMESPACE;

/// Sum of (a - centre) b, or of a where there is no b.
template <class S>
double SumOf(const S* a, const S* b, std::size_t n, double centre) {
    Lanes total;
    const V c = set(centre);
    if (b)
        for_each_vector(a, b, n, [&](std::size_t k, V x, V y, auto valid) HWY_ATTR {
            total.v[k] = total.v[k] + hn::IfThenElseZero(valid, (x - c) * y);
        });
    else
        for_each_vector(a, b, n, [&](std::size_t k, V x, V, auto valid) HWY_ATTR {
            total.v[k] = total.v[k] + hn::IfThenElseZero(valid, x);
        });
    return total.sum();
}

template <class S>
bn::Moments<double> MomentsOf(const S* x, std::size_t n) {
    const double m = static_cast<double>(n), first = SumOf(x, static_cast<const S*>(nullptr), n, 0) / m;
    Lanes deviations, squares;
    const V centre = set(first);
    for_each_vector(x, static_cast<const S*>(nullptr), n, [&](std::size_t k, V value, V, auto valid) HWY_ATTR {
        const V d = hn::IfThenElseZero(valid, value - centre);
        deviations.v[k] = deviations.v[k] + d;
        squares.v[k] = squares.v[k] + d * d;
    });
    const double shift = deviations.sum() / m;
    const double variance = squares.sum() / m - shift * shift;
    return {first + shift, variance < 0 ? 0 : variance};
}

/// out[i] = f(x[i], other[i]), the end through a copy.
template <class S, class F>
HWY_INLINE void transform(const S* x, const S* other, std::size_t n, S* out, F f) {
    const std::size_t whole = n / vector_lanes * vector_lanes;
    for (std::size_t i = 0; i < whole; i += vector_lanes) store(f(load(x + i), load(other + i)), out + i);
    if (whole == n) return;
    S rest[vector_lanes] = {}, other_rest[vector_lanes] = {}, result[vector_lanes];
    std::copy(x + whole, x + n, rest);
    std::copy(other + whole, other + n, other_rest);
    store(f(load(rest), load(other_rest)), result);
    std::copy(result, result + (n - whole), out + whole);
}

template <class S>
void NormalizeTo(const S* x, std::size_t n, double mu, double r, double gamma, double beta, S* y) {
    const V centre = set(mu), scale = set(r), g = set(gamma), b = set(beta);
    transform(x, x, n, y, [&](V value, V) HWY_ATTR { return (value - centre) * scale * g + b; });
}

template <class S>
void BackwardTo(const S* x, const S* dy, std::size_t n, double mu, double r, double gamma, double mean_dy, double c, S* dx) {
    const V centre = set(mu), root = set(r), scale = set(gamma * r), mean = set(mean_dy), factor = set(c);
    if (mean_dy == 0 && c == 0)  // inference, where x has no part in dx even if it is not a number
        transform(dy, dy, n, dx, [&](V g, V) HWY_ATTR { return scale * g; });
    else
        transform(x, dy, n, dx, [&](V value, V g) HWY_ATTR { return scale * (g - mean - (value - centre) * root * factor); });
}

double SumFloat(const float* a, const float* b, std::size_t n, double centre) { return SumOf(a, b, n, centre); }
double SumDouble(const double* a, const double* b, std::size_t n, double centre) { return SumOf(a, b, n, centre); }
bn::Moments<double> MomentsFloat(const float* x, std::size_t n) { return MomentsOf(x, n); }
bn::Moments<double> MomentsDouble(const double* x, std::size_t n) { return MomentsOf(x, n); }
void NormalizeFloat(const float* x, std::size_t n, double mu, double r, double gamma, double beta, float* y) {
    NormalizeTo(x, n, mu, r, gamma, beta, y);
}
void NormalizeDouble(const double* x, std::size_t n, double mu, double r, double gamma, double beta, double* y) {
    NormalizeTo(x, n, mu, r, gamma, beta, y);
}
void BackwardFloat(const float* x, const float* dy, std::size_t n, double mu, double r, double gamma, double mean_dy, double c,
                   float* dx) {
    BackwardTo(x, dy, n, mu, r, gamma, mean_dy, c, dx);
}
void BackwardDouble(const double* x, const double* dy, std::size_t n, double mu, double r, double gamma, double mean_dy,
                    double c, double* dx) {
    BackwardTo(x, dy, n, mu, r, gamma, mean_dy, c, dx);
}

}  // namespace bncheck::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace bncheck::kernels {
namespace {

HWY_EXPORT(SumFloat);
HWY_EXPORT(SumDouble);
HWY_EXPORT(MomentsFloat);
HWY_EXPORT(MomentsDouble);
HWY_EXPORT(NormalizeFloat);
HWY_EXPORT(NormalizeDouble);
HWY_EXPORT(BackwardFloat);
HWY_EXPORT(BackwardDouble);

double sum_of(const Values& a, const Values& b, double centre) {
    return a.narrow() ? HWY_DYNAMIC_DISPATCH(SumFloat)(a.narrow(), b.narrow(), a.size(), centre)
                      : HWY_DYNAMIC_DISPATCH(SumDouble)(a.wide(), b.wide(), a.size(), centre);
}

}  // namespace

double sum(const Values& terms) { return sum_of(terms, {}, 0); }
double sum_of_products(const Values& a, const Values& b) { return sum_of(a, b, 0); }
double sum_of_centred_products(const Values& dy, const Values& x, double mu) { return sum_of(x, dy, mu); }

bn::Moments<double> moments(const Values& x) {
    return x.narrow() ? HWY_DYNAMIC_DISPATCH(MomentsFloat)(x.narrow(), x.size())
                      : HWY_DYNAMIC_DISPATCH(MomentsDouble)(x.wide(), x.size());
}

template <>
void normalize(std::span<const float> x, const bn::Normalizer<double>& n, const bn::Affine<double>& a, std::span<float> y) {
    HWY_DYNAMIC_DISPATCH(NormalizeFloat)(x.data(), x.size(), n.mu, n.r, a.gamma, a.beta, y.data());
}
template <>
void normalize(std::span<const double> x, const bn::Normalizer<double>& n, const bn::Affine<double>& a, std::span<double> y) {
    HWY_DYNAMIC_DISPATCH(NormalizeDouble)(x.data(), x.size(), n.mu, n.r, a.gamma, a.beta, y.data());
}
template <>
void backward(std::span<const float> x, std::span<const float> dy, const bn::Normalizer<double>& n, double gamma,
              double mean_dy, double c, std::span<float> dx) {
    HWY_DYNAMIC_DISPATCH(BackwardFloat)(x.data(), dy.data(), x.size(), n.mu, n.r, gamma, mean_dy, c, dx.data());
}
template <>
void backward(std::span<const double> x, std::span<const double> dy, const bn::Normalizer<double>& n, double gamma,
              double mean_dy, double c, std::span<double> dx) {
    HWY_DYNAMIC_DISPATCH(BackwardDouble)(x.data(), dy.data(), x.size(), n.mu, n.r, gamma, mean_dy, c, dx.data());
}

}  // namespace bncheck::kernels
#endif
