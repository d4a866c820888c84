#pragma once

// The derivative of the forward of bn/definition.hpp by dual numbers: what the derivation must arrive at, found without the
// chain rule. Any loss has at a point the same first derivatives as the linear one with its gradient dy, so L = sum dy_i y_i.
// For the double backward the derivative of that along (ddx, ddgamma, ddbeta) is <ddx, dx> + ddgamma dgamma + ddbeta dbeta, and
// is differentiated once more, by dual numbers of dual numbers: of the forward too, not of a backward.

#include <cstddef>
#include <vector>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/dual.hpp"
#include "bncheck/derivation/proof/point.hpp"

namespace bncheck::derivation {

using bn::Dual;

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

/// One value for each index, computed once where several are the same.
template <class T, class F>
std::vector<T> for_each_index(const Point<T>& at, F value_at) {
    std::vector<T> values;
    for (std::size_t i = 0; i < at.x.size(); ++i) values.push_back(at.same_as[i] == i ? value_at(i) : values[at.same_as[i]]);
    return values;
}

/// The slopes of `loss` along each of the values.
template <class T, class F>
std::vector<T> gradient_of(const Point<T>& at, const std::vector<T>& values, F loss) {
    std::vector<Dual<T>> moving = constants(values);
    return for_each_index(at, [&](std::size_t i) {
        moving[i].slope = T(1);
        const T slope = loss(moving).slope;
        moving[i].slope = T(0);
        return slope;
    });
}

/// mu and v as functions of x, or given.
template <class D, class T>
bn::Moments<D> moments_in(Setting setting, const std::vector<D>& x, const bn::Moments<T>& given) {
    if (setting != Setting::inference) return bn::moments(x);
    return {D(given.mean, T(0)), D(given.variance, T(0))};
}

/// The gradients of x, gamma and beta.
template <class T>
bn::Gradients<T> forward_derivative(const Point<T>& at, Setting setting) {
    using D = Dual<T>;
    const std::vector<D> x = constants(at.x);
    const bn::Moments<D> moments = moments_in(setting, x, at.running);
    Loss<D> by_gamma = dual_loss(at), by_beta = dual_loss(at);
    by_gamma.affine.gamma.slope = by_beta.affine.beta.slope = T(1);
    const Loss<D> loss = dual_loss(at);
    return {gradient_of(at, at.x, [&](const std::vector<D>& z) { return loss.from_x(z, moments_in(setting, z, at.running)); }),
            by_gamma.from_x(x, moments).slope, by_beta.from_x(x, moments).slope};
}

/// Every adjoint of training.
template <class T>
bn::StagedBackward<T> node_derivatives(const Point<T>& at, const bn::Normalizer<T>& n, const std::vector<T>& d,
                                       const std::vector<T>& xhat) {
    using D = Dual<T>;
    const Loss<D> loss = dual_loss(at);
    const std::vector<D> deviations = constants(d);
    const bn::Gradients<T> gradients = forward_derivative(at, Setting::training);
    return {gradient_of(at, xhat, [&](const std::vector<D>& z) { return loss.from_xhat(z); }),
            loss.from_r(D(n.r, T(1)), deviations).slope,
            loss.from_q(D(n.q, T(1)), deviations).slope,
            loss.from_v(D(n.v, T(1)), deviations).slope,
            gradient_of(at, d, [&](const std::vector<D>& z) { return loss.from_d(z); }),
            loss.from_mu(D(n.mu, T(1)), constants(at.x)).slope,
            gradients.dx,
            gradients.dgamma,
            gradients.dbeta};
}

/// The gradients of the double backward, and L itself.
template <class T>
struct SecondDerivative {
    T loss;
    bn::SecondGradients<T> gradients;
};

template <class T>
SecondDerivative<T> second_derivative(const Point<T>& at, Setting setting) {
    using D = Dual<Dual<T>>;
    const bool affine = setting != Setting::without_affine;
    std::vector<D> x, dy;
    for (std::size_t i = 0; i < at.x.size(); ++i) {
        x.emplace_back(Dual<T>(at.x[i], at.seeds.ddx[i]), Dual<T>(0));
        dy.emplace_back(constant(at.dy[i]), Dual<T>(0));
    }
    D gamma(affine ? Dual<T>(at.gamma, at.seeds.ddgamma) : constant(at.gamma), Dual<T>(0));
    const D beta(affine ? Dual<T>(at.beta, at.seeds.ddbeta) : constant(at.beta), Dual<T>(0));
    const bn::Moments<Dual<T>> given{constant(at.running.mean), constant(at.running.variance)};
    const auto along_seeds = [&] {
        const Loss<D> loss{dy, {gamma, beta}, D(constant(at.eps), Dual<T>(0))};
        return loss.from_x(x, moments_in(setting, x, given));
    };
    const auto slope_by = [&](D& coordinate) {
        coordinate.slope.value = T(1);
        const T slope = along_seeds().slope.slope;
        coordinate.slope.value = T(0);
        return slope;
    };
    return {along_seeds().value.slope,
            {for_each_index(at, [&](std::size_t i) { return slope_by(dy[i]); }),
             for_each_index(at, [&](std::size_t i) { return slope_by(x[i]); }), slope_by(gamma)}};
}

}  // namespace bncheck::derivation
