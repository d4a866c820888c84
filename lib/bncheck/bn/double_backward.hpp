#pragma once

// The backward of the backward of batch normalization, written once for every number type (as bn/definition.hpp, whose
// requirements of T hold). With u = ddx, g = dy and
//
//     L = <u, dx> + ddgamma dgamma + ddbeta dbeta      P(z) = z - mean z - xhat s_z      s_z = mean(z xhat)
//     B = mean(u P(g)) = mean(P(u) g) = mean(u g) - mean u mean g - s_u s_g
//
// training:   gdy = dL/d(dy)     = gamma r P(u) + ddgamma xhat + ddbeta
//             gx = dL/dx         = ddgamma r P(g) - gamma r^2 (xhat B + s_g P(u) + s_u P(g))
//             ggamma = dL/dgamma = r m B
// inference:  gdy = gamma r u + ddgamma xhat + ddbeta      gx = ddgamma r g      ggamma = r sum u g
//
// since dx = gamma r P(g), d(xhat)/dx = r (I - 1 1^T/m - xhat xhat^T/m) = r P and dr/dx_i = -r^2 xhat_i / m. Without affine
// parameters gamma = 1 and ddgamma = ddbeta = 0.

#include "bncheck/bn/definition.hpp"

namespace bncheck::bn {

template <class T>
struct SecondGradients {
    std::vector<T> gdy, gx;
    T ggamma;
};

/// What L is differentiated with: the gradients that arrive at dx, dgamma and dbeta.
template <class T>
struct SecondSeeds {
    std::vector<T> ddx;
    T ddgamma, ddbeta;
};

/// Sums in order.
struct InOrder {
    template <class T>
    T operator()(const std::vector<T>& terms) const {
        return sum(terms);
    }
};

/// P(z) and the mean that it takes xhat times from z.
template <class T>
struct Projection {
    std::vector<T> values;
    T s;  ///< s_z
};

template <class T, class Sum>
Projection<T> projection(const std::vector<T>& z, const std::vector<T>& xhat, const Sum& sum_of) {
    const T m = count<T>(z.size()), mean = sum_of(z) / m;
    std::vector<T> values;
    values.reserve(z.size());
    for (std::size_t i = 0; i < z.size(); ++i) values.push_back(z[i] * xhat[i]);
    const T s = sum_of(values) / m;
    for (std::size_t i = 0; i < z.size(); ++i) values[i] = z[i] - mean - xhat[i] * s;
    return {values, s};
}

/// Double backward of training. `sum_of` adds up a vector's elements, in the way of the algorithm that is wanted.
template <class T, class Sum = InOrder>
SecondGradients<T> double_backward(const SecondSeeds<T>& seeds, const std::vector<T>& dy, const std::vector<T>& xhat,
                                   const T& gamma, const T& r, const Sum& sum_of = {}) {
    const std::size_t size = dy.size();
    const Projection<T> u = projection(seeds.ddx, xhat, sum_of), g = projection(dy, xhat, sum_of);
    std::vector<T> products;
    products.reserve(size);
    for (std::size_t i = 0; i < size; ++i) products.push_back(seeds.ddx[i] * g.values[i]);
    const T covariance = sum_of(products), B = covariance / count<T>(size), scale = gamma * r;
    SecondGradients<T> result{{}, {}, r * covariance};
    result.gdy.reserve(size);
    result.gx.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        result.gdy.push_back(scale * u.values[i] + seeds.ddgamma * xhat[i] + seeds.ddbeta);
        const T bracket = xhat[i] * B + g.s * u.values[i] + u.s * g.values[i];
        result.gx.push_back(seeds.ddgamma * r * g.values[i] - scale * r * bracket);
    }
    return result;
}

/// Double backward of inference, where mu and r are constants.
template <class T, class Sum = InOrder>
SecondGradients<T> inference_double_backward(const SecondSeeds<T>& seeds, const std::vector<T>& dy, const std::vector<T>& xhat,
                                             const T& gamma, const T& r, const Sum& sum_of = {}) {
    const std::size_t size = dy.size();
    const T scale = gamma * r, scale_x = seeds.ddgamma * r;
    SecondGradients<T> result{{}, {}, T(0)};
    std::vector<T> products;
    result.gdy.reserve(size);
    result.gx.reserve(size);
    products.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        result.gdy.push_back(scale * seeds.ddx[i] + seeds.ddgamma * xhat[i] + seeds.ddbeta);
        result.gx.push_back(scale_x * dy[i]);
        products.push_back(seeds.ddx[i] * dy[i]);
    }
    result.ggamma = r * sum_of(products);
    return result;
}

}  // namespace bncheck::bn
