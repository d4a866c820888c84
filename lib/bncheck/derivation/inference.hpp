#pragma once

// Part 4: inference, where the statistics are given.

#include "bncheck/derivation/step.hpp"

namespace bncheck::derivation {

template <class T>
std::vector<Step<T>> inference_steps() {
    using Q = Quantities<T>;
    using Equations = std::vector<Equation<T>>;
    return {
        {{"inference.y", Part::inference, "yᵢ = γ (xᵢ − μ) r + β        ∂yᵢ/∂xᵢ = γ r",
          "μ and r do not depend on x; yᵢ depends on xᵢ alone"},
         [](const Q& z) -> Equations {
             const bn::Normalizer<T>& n = z.inference.n;
             const auto y = [&](std::size_t i, const T& s) {
                 const std::vector<T> xhat = bn::normalized(std::vector<T>{z.at.x[i] + s}, n);
                 return bn::output(xhat, bn::Affine<T>{z.at.gamma, z.at.beta})[0];
             };
             const T scale = z.at.gamma * n.r;
             Term<T> values;
             for (std::size_t i = 0; i < z.d.size(); ++i) values.push_back(y(i, T(0)));
             return {{{values}, {times(scale, z.at.x), repeated(negative(scale * n.mu), z.d), repeated(z.at.beta, z.d)}},
                     local_derivative(y, repeated(scale, z.d))};
         }},
        {{"inference.dbeta", Part::inference, "dβ = Σᵢ dyᵢ", "as in training"},
         [](const Q& z) -> Equations {
             const bn::Gradients<T>&g = z.inference.gradients, &truth = z.inference.truth;
             return {{{{g.dbeta}}, each(z.at.dy)}, {{{g.dbeta}}, {{truth.dbeta}}}};
         }},
        {{"inference.dgamma", Part::inference, "dγ = Σᵢ dyᵢ x̂ᵢ", "as in training, with x̂ᵢ = (xᵢ − μ) r of the given μ and v"},
         [](const Q& z) -> Equations {
             const bn::Gradients<T>&g = z.inference.gradients, &truth = z.inference.truth;
             return {{{{g.dgamma}}, each(product(z.at.dy, z.inference.xhat))}, {{{g.dgamma}}, {{truth.dgamma}}}};
         }},
        {{"inference.dx", Part::inference, "dxᵢ = γ r dyᵢ", "no way through μ or v: only the first term of training is left"},
         [](const Q& z) -> Equations {
             const bn::Gradients<T>&g = z.inference.gradients, &truth = z.inference.truth;
             return {{{g.dx}, {times(z.at.gamma * z.inference.n.r, z.at.dy)}}, {{g.dx}, {truth.dx}}};
         }},
    };
}

}  // namespace bncheck::derivation
