#pragma once

// The derivative of the forward by dual numbers: what the adjoints of the chain rule must be, found without the chain
// rule. Any loss has at a point the same first derivatives as the linear one with its gradient dy, so L = sum dy_i y_i.

#include <cstddef>
#include <vector>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/dual.hpp"

namespace bncheck::derivation {

using bn::Dual;

/// One channel: its data, and the statistics that inference would be given.
template <class T>
struct Point {
    std::vector<T> x, dy;  ///< of equal size m >= 1
    T gamma, beta, eps;    ///< v + eps > 0
    bn::Moments<T> running;
};

/// L as a function of each node of the graph, nodes beside it (d beside r, q and v; x beside mu) held fixed.
template <class T>
struct Loss {
    std::vector<T> dy;
    bn::Affine<T> affine;
    T eps;

    T from_xhat(const std::vector<T>& xhat) const { return bn::sum_of_products(dy, bn::output(xhat, affine)); }
    T from_r(const T& r, const std::vector<T>& d) const {
        std::vector<T> xhat;
        for (const T& deviation : d) xhat.push_back(deviation * r);
        return from_xhat(xhat);
    }
    T from_q(const T& q, const std::vector<T>& d) const { return from_r(inverse_sqrt(q), d); }
    T from_v(const T& v, const std::vector<T>& d) const { return from_q(v + eps, d); }
    T from_d(const std::vector<T>& d) const { return from_v(bn::sum_of_products(d, d) / bn::count<T>(d.size()), d); }
    T from_mu(const T& mu, const std::vector<T>& x) const {
        std::vector<T> d;
        for (const T& value : x) d.push_back(value - mu);
        return from_d(d);
    }
    T from_x(const std::vector<T>& x, const bn::Moments<T>& moments) const {
        return from_xhat(bn::normalized(x, bn::normalizer(moments, eps)));
    }
    T from_x(const std::vector<T>& x) const { return from_x(x, bn::moments(x)); }
};

template <class T>
Dual<T> constant(const T& value) {
    return {value, T(0)};
}

template <class T>
std::vector<Dual<T>> constants(const std::vector<T>& values) {
    std::vector<Dual<T>> result;
    for (const T& value : values) result.push_back(constant(value));
    return result;
}

template <class T>
Loss<Dual<T>> dual_loss(const Point<T>& at) {
    return {constants(at.dy), {constant(at.gamma), constant(at.beta)}, constant(at.eps)};
}

/// The slopes of `loss` along each of the values.
template <class T, class F>
std::vector<T> gradient_of(const std::vector<T>& values, F loss) {
    std::vector<T> gradient;
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::vector<Dual<T>> along = constants(values);
        along[i].slope = T(1);
        gradient.push_back(loss(along).slope);
    }
    return gradient;
}

template <class T>
T slope_along_gamma(const Point<T>& at, const bn::Moments<Dual<T>>& moments) {
    Loss<Dual<T>> loss = dual_loss(at);
    loss.affine.gamma.slope = T(1);
    return loss.from_x(constants(at.x), moments).slope;
}

template <class T>
T slope_along_beta(const Point<T>& at, const bn::Moments<Dual<T>>& moments) {
    Loss<Dual<T>> loss = dual_loss(at);
    loss.affine.beta.slope = T(1);
    return loss.from_x(constants(at.x), moments).slope;
}

/// Every adjoint of training.
template <class T>
bn::StagedBackward<T> forward_derivative(const Point<T>& at, const bn::Normalizer<T>& n, const std::vector<T>& d,
                                         const std::vector<T>& xhat) {
    using D = Dual<T>;
    const Loss<D> loss = dual_loss(at);
    const std::vector<D> x = constants(at.x), deviations = constants(d);
    const bn::Moments<D> moments = bn::moments(x);
    return {gradient_of(xhat, [&](const std::vector<D>& z) { return loss.from_xhat(z); }),
            loss.from_r(D(n.r, T(1)), deviations).slope,
            loss.from_q(D(n.q, T(1)), deviations).slope,
            loss.from_v(D(n.v, T(1)), deviations).slope,
            gradient_of(d, [&](const std::vector<D>& z) { return loss.from_d(z); }),
            loss.from_mu(D(n.mu, T(1)), x).slope,
            gradient_of(at.x, [&](const std::vector<D>& z) { return loss.from_x(z); }),
            slope_along_gamma(at, moments),
            slope_along_beta(at, moments)};
}

/// The gradients of inference, where the moments are constants.
template <class T>
bn::Gradients<T> inference_derivative(const Point<T>& at) {
    using D = Dual<T>;
    const Loss<D> loss = dual_loss(at);
    const bn::Moments<D> moments{constant(at.running.mean), constant(at.running.variance)};
    return {gradient_of(at.x, [&](const std::vector<D>& z) { return loss.from_x(z, moments); }), slope_along_gamma(at, moments),
            slope_along_beta(at, moments)};
}

}  // namespace bncheck::derivation
