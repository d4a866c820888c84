#pragma once

// Part 1: the forward as a graph x -> mu -> d -> v -> q -> r -> xhat -> y, and the local derivative of every edge.

#include "bncheck/derivation/step.hpp"

namespace bncheck::derivation {

template <class T>
std::vector<Step<T>> graph_steps() {
    using Q = Quantities<T>;
    using Equations = std::vector<Equation<T>>;
    const T one(1);
    return {
        {{"graph.mu", Part::graph, "μ = Σᵢ xᵢ / m        ∂μ/∂xᵢ = 1/m", "the mean, linear in each value"},
         [=](const Q& z) -> Equations {
             return {{{{z.m * z.n.mu}}, each(z.at.x)},
                     local_derivative([&](std::size_t i, const T& s) { return bn::moments(shifted(z.at.x, i, s)).mean; },
                                      repeated(one / z.m, z.at.x))};
         }},
        {{"graph.d", Part::graph, "dᵢ = xᵢ − μ        ∂dᵢ/∂xᵢ = 1, ∂dᵢ/∂μ = −1",
          "the deviation; μ is held fixed in the first, xᵢ in the second"},
         [=](const Q& z) -> Equations {
             return {
                 {{z.d}, {z.at.x, repeated(negative(z.n.mu), z.d)}},
                 local_derivative([&](std::size_t i, const T& s) { return z.at.x[i] + s - z.n.mu; }, repeated(one, z.d)),
                 local_derivative([&](std::size_t i, const T& s) { return z.at.x[i] - (z.n.mu + s); }, repeated(T(-1), z.d))};
         }},
        {{"graph.v", Part::graph, "v = Σᵢ dᵢ² / m        ∂v/∂dᵢ = 2 dᵢ / m",
          "the biased variance, as a function of the deviations"},
         [=](const Q& z) -> Equations {
             return {{{{z.m * z.n.v}}, each(product(z.d, z.d))},
                     local_derivative(
                         [&](std::size_t i, const T& s) {
                             const std::vector<T> d = shifted(z.d, i, s);
                             return bn::sum_of_products(d, d) / z.m;
                         },
                         times(T(2) / z.m, z.d))};
         }},
        {{"graph.q", Part::graph, "q = v + ε        ∂q/∂v = 1", "ε keeps q positive and is a constant"},
         [=](const Q& z) -> Equations {
             return {{{{z.n.q}}, {{z.n.v}, {z.at.eps}}},
                     local_derivative([&](std::size_t, const T& s) { return z.n.v + s + z.at.eps; }, std::vector<T>{one})};
         }},
        {{"graph.r", Part::graph, "r = q^(−1/2)        ∂r/∂q = −r³/2",
          "r² q = 1, and differentiating that by q: 2 r q ∂r/∂q + r² = 0, where r q = 1/r"},
         [=](const Q& z) -> Equations {
             const T& r = z.n.r;
             const T derivative = negative(r * r * r / T(2));
             return {{{{r * r * z.n.q}}, {{one}}}, {{{T(2) * r * z.n.q * derivative}, {r * r}}, {}}};
         }},
        {{"graph.xhat", Part::graph, "x̂ᵢ = dᵢ r        ∂x̂ᵢ/∂dᵢ = r, ∂x̂ᵢ/∂r = dᵢ",
          "the normalized value, a product of two nodes"},
         [=](const Q& z) -> Equations {
             return {{{z.xhat}, {times(z.n.r, z.d)}},
                     local_derivative([&](std::size_t i, const T& s) { return (z.d[i] + s) * z.n.r; }, repeated(z.n.r, z.d)),
                     local_derivative([&](std::size_t i, const T& s) { return z.d[i] * (z.n.r + s); }, z.d)};
         }},
        {{"graph.y", Part::graph, "yᵢ = γ x̂ᵢ + β        ∂yᵢ/∂x̂ᵢ = γ, ∂yᵢ/∂γ = x̂ᵢ, ∂yᵢ/∂β = 1",
          "γ and β are one number each, shared by all i of the channel"},
         [=](const Q& z) -> Equations {
             const auto y = [](const T& xhat, const T& gamma, const T& beta) {
                 return bn::output(std::vector<T>{xhat}, bn::Affine<T>{gamma, beta})[0];
             };
             const T &gamma = z.at.gamma, &beta = z.at.beta;
             return {{{z.y}, {times(gamma, z.xhat), repeated(beta, z.y)}},
                     local_derivative([&](std::size_t i, const T& s) { return y(z.xhat[i] + s, gamma, beta); },
                                      repeated(gamma, z.y)),
                     local_derivative([&](std::size_t i, const T& s) { return y(z.xhat[i], gamma + s, beta); }, z.xhat),
                     local_derivative([&](std::size_t i, const T& s) { return y(z.xhat[i], gamma, beta + s); },
                                      repeated(one, z.y))};
         }},
    };
}

}  // namespace bncheck::derivation
