#pragma once

// Batch normalization (S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing
// Internal Covariate Shift", ICML 2015, algorithm 1), written once for every number type. Per channel, over its m values:
//
//     mu = sum x / m          v = sum (x - mu)^2 / m        q = v + eps      r = q^(-1/2)
//     xhat = (x - mu) r       y = gamma xhat + beta
//     backward, training:   dbeta = sum dy     dgamma = sum dy xhat
//                           dx = gamma r (dy - dbeta/m - xhat dgamma/m)
//     backward, inference:  dx = gamma r dy
//
// T needs + - * /, a constructor from a whole number and `inverse_sqrt(T)` found by argument-dependent lookup; that of the
// machine's own types is in bn/inverse_sqrt.hpp. No comparison, no library function: float, MPFR numbers, exact rationals with
// a root and dual numbers all serve.

#include <cstddef>
#include <vector>

#include "bncheck/bn/inverse_sqrt.hpp"

namespace bncheck::bn {

template <class T>
struct Moments {
    T mean;      ///< mu
    T variance;  ///< v, biased
};

template <class T>
struct Normalizer {
    T mu, v, q, r;
};

template <class T>
struct Affine {
    T gamma, beta;
};

template <class T>
T count(std::size_t m) {
    return T(static_cast<unsigned long>(m));
}

template <class T>
T sum(const std::vector<T>& values) {
    T total(0);
    for (const T& value : values) total = total + value;
    return total;
}

/// Two passes: the mean, then the mean of the squared deviations from it.
template <class T>
Moments<T> moments(const std::vector<T>& x) {
    const T m = count<T>(x.size());
    const T mu = sum(x) / m;
    T squares(0);
    for (const T& value : x) {
        const T deviation = value - mu;
        squares = squares + deviation * deviation;
    }
    return {mu, squares / m};
}

template <class T>
Normalizer<T> normalizer(const Moments<T>& moments, const T& eps) {
    const T q = moments.variance + eps;
    return {moments.mean, moments.variance, q, inverse_sqrt(q)};
}

template <class T>
std::vector<T> normalized(const std::vector<T>& x, const Normalizer<T>& n) {
    std::vector<T> xhat;
    xhat.reserve(x.size());
    for (const T& value : x) xhat.push_back((value - n.mu) * n.r);
    return xhat;
}

template <class T>
std::vector<T> output(const std::vector<T>& xhat, const Affine<T>& affine) {
    std::vector<T> y;
    y.reserve(xhat.size());
    for (const T& value : xhat) y.push_back(affine.gamma * value + affine.beta);
    return y;
}

/// Running statistic after one batch; `weight` is that of the new batch whatever a framework calls momentum.
template <class T>
T running(const T& old, const T& batch, const T& weight) {
    return (T(1) - weight) * old + weight * batch;
}

/// Bessel's correction of the biased variance. m = 1 divides by zero.
template <class T>
T unbiased(const T& variance, std::size_t m) {
    return variance * count<T>(m) / (count<T>(m) - T(1));
}

template <class T>
struct Gradients {
    std::vector<T> dx;
    T dgamma, dbeta;
};

template <class T>
T sum_of_products(const std::vector<T>& a, const std::vector<T>& b) {
    T total(0);
    for (std::size_t i = 0; i < a.size(); ++i) total = total + a[i] * b[i];
    return total;
}

/// dx of training from sums that are already known.
template <class T>
std::vector<T> closed_form_dx(const std::vector<T>& dy, const std::vector<T>& xhat, const T& gamma, const T& r, const T& dgamma,
                              const T& dbeta) {
    const T m = count<T>(dy.size());
    const T mean_dy = dbeta / m, c = dgamma / m, scale = gamma * r;
    std::vector<T> dx;
    dx.reserve(dy.size());
    for (std::size_t i = 0; i < dy.size(); ++i) dx.push_back(scale * (dy[i] - mean_dy - xhat[i] * c));
    return dx;
}

/// Closed-form backward of training.
template <class T>
Gradients<T> closed_form_backward(const std::vector<T>& dy, const std::vector<T>& xhat, const T& gamma, const T& r) {
    const T dbeta = sum(dy), dgamma = sum_of_products(dy, xhat);
    return {closed_form_dx(dy, xhat, gamma, r, dgamma, dbeta), dgamma, dbeta};
}

/// Backward of inference, where mu and v are constants.
template <class T>
Gradients<T> inference_backward(const std::vector<T>& dy, const std::vector<T>& xhat, const T& gamma, const T& r) {
    std::vector<T> dx;
    dx.reserve(dy.size());
    const T scale = gamma * r;
    for (const T& value : dy) dx.push_back(scale * value);
    return {dx, sum_of_products(dy, xhat), sum(dy)};
}

/// Every adjoint of the graph x -> mu -> d = x - mu -> v -> q -> r -> xhat -> y, node by node.
template <class T>
struct StagedBackward {
    std::vector<T> dxhat;  ///< dL/dxhat_i = gamma dy_i
    T dr;                  ///< dL/dr = sum dxhat_i d_i
    T dq;                  ///< dL/dq = -r^3 dr / 2, since dr/dq = -q^(-3/2) / 2
    T dv;                  ///< dL/dv = dq
    std::vector<T> dd;     ///< dL/dd_i = r dxhat_i + 2 d_i dv / m: through xhat and through v
    T dmu;                 ///< dL/dmu = -sum dd_i
    std::vector<T> dx;     ///< dL/dx_i = dd_i + dmu / m
    T dgamma, dbeta;
};

template <class T>
StagedBackward<T> staged_backward(const std::vector<T>& x, const std::vector<T>& dy, const Normalizer<T>& n, const T& gamma) {
    const std::size_t size = x.size();
    const T m = count<T>(size), r = n.r;
    StagedBackward<T> s{{}, T(0), T(0), T(0), {}, T(0), {}, T(0), T(0)};
    s.dxhat.reserve(size);
    s.dd.reserve(size);
    s.dx.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        const T d = x[i] - n.mu;
        s.dxhat.push_back(gamma * dy[i]);
        s.dr = s.dr + s.dxhat[i] * d;
        s.dgamma = s.dgamma + dy[i] * (d * r);
        s.dbeta = s.dbeta + dy[i];
    }
    s.dq = T(0) - s.dr * r * r * r / T(2);
    s.dv = s.dq;
    for (std::size_t i = 0; i < size; ++i) {
        s.dd.push_back(s.dxhat[i] * r + (x[i] - n.mu) * T(2) * s.dv / m);
        s.dmu = s.dmu - s.dd[i];
    }
    for (std::size_t i = 0; i < size; ++i) s.dx.push_back(s.dd[i] + s.dmu / m);
    return s;
}

}  // namespace bncheck::bn
