#include "bncheck/derivation/steps/steps.hpp"

namespace bncheck::derivation {
namespace {

constexpr const char* inner_projection = "diff(L, xhat) - mean(diff(L, xhat)) - xhat*mean(xhat*diff(L, xhat))";

Section training() {
    return {
        "double",
        "The double backward",
        Setting::training,
        true,
        false,
        1,
        "Gradients `ddx`, `ddgamma` and `ddbeta` arrive at `dx`, `dgamma` and `dbeta`. The gradients `gdy`, `gx` and `ggamma` "
        "of `dy`, `x` and `gamma` are those "
        "of one number, `L`: it is the derivative of `sum(dy*y)` along (`ddx`, `ddgamma`, `ddbeta`), from which it is computed "
        "here. "
        "`Pg` and `Pu` are short for what is left of `dy` and of `ddx` without their means and without their parts along "
        "`xhat`.",
        {
            {"double.L", {"L = sum(ddx*dx) + ddgamma*dgamma + ddbeta*dbeta"}, "what is differentiated"},
            {"double.P",
             {"Pg = dy - mean(dy) - xhat*sg", "sg = mean(dy*xhat)", "Pu = ddx - mean(ddx) - xhat*su", "su = mean(ddx*xhat)"},
             "the names; `sg` is `dgamma/m`"},
            {"double.dx", {"dx = gamma*r*Pg"}, "the closed form"},
            {"double.B",
             {"B = mean(ddx*Pg)", "B = mean(ddx*dy) - mean(ddx)*mean(dy) - su*sg", "B = mean(Pu*dy)"},
             "a name; multiply out: `ddx` and `dy` may change places"},
            {"double.insert", {"L = gamma*r*m*B + ddgamma*sum(dy*xhat) + ddbeta*sum(dy)"}, "insert `dx`, `dgamma` and `dbeta`"},
            {"double.gdy",
             {"gdy = gamma*r*Pu + ddgamma*xhat + ddbeta"},
             "`L` is linear in `dy`, with `m*B = sum(Pu*dy)`",
             {"double.gdy"}},
            {"double.ggamma", {"ggamma = r*m*B"}, "`L` is linear in `gamma`", {"double.ggamma"}},
            {"double.by-xhat",
             {"diff(L, xhat) = ddgamma*dy - gamma*r*(sg*ddx + su*dy)"},
             "`x` enters `L` through `xhat` and `r`. In `m*B` it is `m*su*sg` that has `xhat`: a product of two sums"},
            {"double.by-r", {"diff(L, r) = gamma*m*B"}, "with `xhat` held fixed"},
            {"double.r-by-x",
             {"diff(r, x) = -r^2*xhat/m"},
             "`-r^3/2` times `2*d/m`, the way through `mu` adding nothing; `d*r` is `xhat`"},
            {"double.through",
             {std::string("gx = r*(") + inner_projection + ") + diff(L, r)*diff(r, x)"},
             "what arrives at `xhat` goes on to `x` as it does in the first backward, by the closed form with `gamma = 1` and "
             "`diff(L, xhat)` for `dy`; what arrives at `r` is added"},
            {"double.project",
             {std::string(inner_projection) + " = ddgamma*Pg - gamma*r*(sg*Pu + su*Pg)"},
             "insert `diff(L, xhat)`: subtracting means and parts along `xhat` is linear, and makes `Pu` of `ddx` and `Pg` of "
             "`dy`"},
            {"double.gx",
             {"gx = ddgamma*r*Pg - gamma*r^2*(xhat*B + sg*Pu + su*Pg)"},
             "insert all, and factor `gamma*r^2`",
             {"double.gx"}},
        }};
}

Section without_affine() {
    return {"double-plain",
            "The double backward without affine parameters",
            Setting::without_affine,
            true,
            false,
            1,
            "`gamma = 1`, and nothing arrives at `dgamma` and `dbeta`.",
            {
                {"double-plain.gdy", {"gdy = r*Pu"}, "the first term", {"double.gdy"}},
                {"double-plain.gx", {"gx = -r^2*(xhat*B + sg*Pu + su*Pg)"}, "the second", {"double.gx"}},
            }};
}

Section inference() {
    return {
        "double-inference",
        "The double backward of inference",
        Setting::inference,
        true,
        false,
        1,
        "`mu` and `r` are constants.",
        {
            {"double-inference.L",
             {"L = gamma*r*sum(ddx*dy) + ddgamma*sum(dy*xhat) + ddbeta*sum(dy)"},
             "insert `dx = gamma*r*dy`"},
            {"double-inference.gdy", {"gdy = gamma*r*ddx + ddgamma*xhat + ddbeta"}, "`L` is linear in `dy`", {"double.gdy"}},
            {"double-inference.gx", {"gx = ddgamma*r*dy"}, "`x` is in `xhat` alone, with derivative `r`", {"double.gx"}},
            {"double-inference.ggamma", {"ggamma = r*sum(ddx*dy)"}, "`L` is linear in `gamma`", {"double.ggamma"}},
        }};
}

}  // namespace

std::vector<Section> double_backward_sections() { return {training(), without_affine(), inference()}; }

}  // namespace bncheck::derivation
