#pragma once

// Part 3: the algebra from the stages to the closed form, one substitution a step. Sums that vanish stand with the terms
// that cancel in them (sum d as sum x - m mu), so that a lost term shows.

#include "bncheck/derivation/step.hpp"

namespace bncheck::derivation {

template <class T>
std::vector<Step<T>> closed_form_steps() {
    using Q = Quantities<T>;
    using Equations = std::vector<Equation<T>>;
    return {
        {{"closed.split", Part::closed_form, "dμ = −Σᵢ ddᵢ = −r Σᵢ dx̂ᵢ − (2 dv / m) Σᵢ dᵢ",
          "insert ddᵢ; r, dv and m do not depend on i"},
         [](const Q& z) -> Equations {
             const T factor = T(2) * z.staged.dv / z.m;
             return {{{{z.staged.dmu}},
                      {{negative(z.n.r * bn::sum(z.staged.dxhat))},
                       {negative(factor * bn::sum(z.at.x))},
                       {factor * z.m * z.n.mu}}}};
         }},
        {{"closed.zero-sum", Part::closed_form, "Σᵢ dᵢ = Σᵢ xᵢ − m μ = 0", "μ is the mean: deviations from it sum to zero"},
         [](const Q& z) -> Equations {
             return {{each(z.d), {}}, {{{bn::sum(z.at.x)}, {negative(z.m * z.n.mu)}}, {}}};
         }},
        {{"closed.no-v-in-mu", Part::closed_form, "dμ = −r Σᵢ dx̂ᵢ", "so the way through v adds nothing to dμ"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dmu}}, each(times(negative(z.n.r), z.staged.dxhat))}};
         }},
        {{"closed.dmu", Part::closed_form, "dμ = −γ r dβ", "insert dx̂ᵢ = γ dyᵢ; Σᵢ dyᵢ is dβ"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dmu}}, {{negative(z.at.gamma * z.n.r * z.staged.dbeta)}}}};
         }},
        {{"closed.dr", Part::closed_form, "dr = γ Σᵢ dyᵢ dᵢ = γ dγ / r",
          "insert dx̂ᵢ = γ dyᵢ, then dᵢ = x̂ᵢ / r; Σᵢ dyᵢ x̂ᵢ is dγ"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dr}}, each(times(z.at.gamma, product(z.at.dy, z.d)))},
                     {{{z.staged.dr}}, {{z.at.gamma * z.staged.dgamma / z.n.r}}}};
         }},
        {{"closed.dv", Part::closed_form, "dv = dq = −r³ dr / 2 = −γ r² dγ / 2", "insert dr"},
         [](const Q& z) -> Equations {
             return {{{{z.staged.dv}}, {{negative(z.at.gamma * z.n.r * z.n.r * z.staged.dgamma / T(2))}}}};
         }},
        {{"closed.insert-dd", Part::closed_form, "dxᵢ = r dx̂ᵢ + 2 dᵢ dv / m + dμ / m", "insert ddᵢ in dxᵢ"},
         [](const Q& z) -> Equations {
             return {{{z.staged.dx},
                      {times(z.n.r, z.staged.dxhat), times(T(2) * z.staged.dv / z.m, z.d), repeated(z.staged.dmu / z.m, z.d)}}};
         }},
        {{"closed.insert-all", Part::closed_form, "dxᵢ = γ r dyᵢ − γ r² dᵢ dγ / m − γ r dβ / m",
          "insert dx̂ᵢ, dv and dμ; the two factors 2 cancel"},
         [](const Q& z) -> Equations {
             const T scale = z.at.gamma * z.n.r;
             return {{{z.staged.dx},
                      {times(scale, z.at.dy), times(negative(scale * z.n.r * z.staged.dgamma / z.m), z.d),
                       repeated(negative(scale * z.staged.dbeta / z.m), z.d)}}};
         }},
        {{"closed.xhat", Part::closed_form, "dxᵢ = γ r dyᵢ − γ r x̂ᵢ dγ / m − γ r dβ / m", "dᵢ r is x̂ᵢ"},
         [](const Q& z) -> Equations {
             const T scale = z.at.gamma * z.n.r;
             return {{{times(z.n.r, z.d)}, {z.xhat}},
                     {{z.staged.dx},
                      {times(scale, z.at.dy), times(negative(scale * z.staged.dgamma / z.m), z.xhat),
                       repeated(negative(scale * z.staged.dbeta / z.m), z.d)}}};
         }},
        {{"closed.factor", Part::closed_form, "dxᵢ = γ r (dyᵢ − dβ/m − x̂ᵢ dγ/m)", "factor γ r: the closed form"},
         [](const Q& z) -> Equations {
             const T scale = z.at.gamma * z.n.r;
             const std::vector<Term<T>> terms{times(scale, z.at.dy), repeated(scale * negative(z.closed.dbeta / z.m), z.d),
                                              times(scale, times(negative(z.closed.dgamma / z.m), z.xhat))};
             return {{{z.staged.dx}, terms},
                     {{z.closed.dx}, terms},
                     {{{z.staged.dgamma}}, {{z.closed.dgamma}}},
                     {{{z.staged.dbeta}}, {{z.closed.dbeta}}}};
         }},
    };
}

}  // namespace bncheck::derivation
