#pragma once

// Part 2: the adjoint of every node from those behind it, as bn::staged_backward computes them. Each equation has its
// right side from the local derivatives; beside it stands the derivative of the forward by dual numbers.

#include "bncheck/derivation/step.hpp"

namespace bncheck::derivation {

template <class T>
std::vector<Step<T>> chain_rule_steps() {
    using Q = Quantities<T>;
    using Equations = std::vector<Equation<T>>;
    return {
        {{"chain.dbeta", Part::chain_rule, "dβ = Σᵢ dyᵢ", "β is in every yᵢ, with derivative 1"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dbeta}}, each(z.at.dy)}, {{{z.staged.dbeta}}, {{z.truth.dbeta}}}};
         }},
        {{"chain.dgamma", Part::chain_rule, "dγ = Σᵢ dyᵢ x̂ᵢ", "γ is in every yᵢ, with derivative x̂ᵢ"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dgamma}}, each(product(z.at.dy, z.xhat))}, {{{z.staged.dgamma}}, {{z.truth.dgamma}}}};
         }},
        {{"chain.dxhat", Part::chain_rule, "dx̂ᵢ = γ dyᵢ", "x̂ᵢ is in yᵢ alone, with derivative γ"},
         [](const Q& z) -> Equations {
             return {{{z.staged.dxhat}, {times(z.at.gamma, z.at.dy)}}, {{z.staged.dxhat}, {z.truth.dxhat}}};
         }},
        {{"chain.dr", Part::chain_rule, "dr = Σᵢ dx̂ᵢ dᵢ", "r is in every x̂ᵢ, with derivative dᵢ"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dr}}, each(product(z.staged.dxhat, z.d))}, {{{z.staged.dr}}, {{z.truth.dr}}}};
         }},
        {{"chain.dq", Part::chain_rule, "dq = −r³ dr / 2", "q is in r alone, with derivative −r³/2"},
         [](const Q& z) -> Equations {
             const T cube = z.n.r * z.n.r * z.n.r;
             return {{{{z.staged.dq}}, {{negative(cube * z.staged.dr / T(2))}}}, {{{z.staged.dq}}, {{z.truth.dq}}}};
         }},
        {{"chain.dv", Part::chain_rule, "dv = dq", "v is in q alone, with derivative 1"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dv}}, {{z.staged.dq}}}, {{{z.staged.dv}}, {{z.truth.dv}}}};
         }},
        {{"chain.dd", Part::chain_rule, "ddᵢ = r dx̂ᵢ + 2 dᵢ dv / m",
          "dᵢ is in x̂ᵢ, with derivative r, and in v, with derivative 2 dᵢ / m"},
         [](const Q& z) -> Equations {
             return {{{z.staged.dd}, {times(z.n.r, z.staged.dxhat), times(T(2) * z.staged.dv / z.m, z.d)}},
                     {{z.staged.dd}, {z.truth.dd}}};
         }},
        {{"chain.dmu", Part::chain_rule, "dμ = −Σᵢ ddᵢ", "μ is in every dᵢ, with derivative −1"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dmu}}, each(times(T(-1), z.staged.dd))}, {{{z.staged.dmu}}, {{z.truth.dmu}}}};
         }},
        {{"chain.dx", Part::chain_rule, "dxᵢ = ddᵢ + dμ / m", "xᵢ is in dᵢ, with derivative 1, and in μ, with derivative 1/m"},
         [](const Q& z) -> Equations {
             return {{{z.staged.dx}, {z.staged.dd, repeated(z.staged.dmu / z.m, z.staged.dd)}}, {{z.staged.dx}, {z.truth.dx}}};
         }},
    };
}

}  // namespace bncheck::derivation
