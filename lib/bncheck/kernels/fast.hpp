#pragma once

#include <span>

#include "bncheck/bn/definition.hpp"
#include "bncheck/core/values.hpp"

// The kernel behind builtin:fast: float or double data, everything between in double, vectorised with run-time dispatch. Two
// reads of x forward and of x and dy backward, the second of which finds a channel in the cache.
namespace bncheck::kernels {

/// Sums in sixteen interleaved lanes: the height is m / 16 + 4.
double sum(const Values& terms);
double sum_of_products(const Values& a, const Values& b);

/// With d = x - mu1, mu1 the mean as first summed: mu = mu1 + mean d, v = mean d^2 - (mean d)^2, where (mean d)^2 is a rounding
/// error squared.
bn::Moments<double> moments(const Values& x);

/// y = (x - mu) r gamma + beta. S is float or double.
template <class S>
void normalize(std::span<const S> x, const bn::Normalizer<double>& n, const bn::Affine<double>& affine, std::span<S> y);

/// sum dy (x - mu)
double sum_of_centred_products(const Values& dy, const Values& x, double mu);

/// dx = gamma r (dy - mean_dy - (x - mu) r c), c = mean(dy xhat); with mean_dy = c = 0 that of inference.
template <class S>
void backward(std::span<const S> x, std::span<const S> dy, const bn::Normalizer<double>& n, double gamma, double mean_dy,
              double c, std::span<S> dx);

}  // namespace bncheck::kernels
