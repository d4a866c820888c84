#include "bncheck/derivation/steps/steps.hpp"

namespace bncheck::derivation {
namespace {

Section graph() {
    return {"graph",
            "The graph, node by node, with the local derivatives",
            Setting::training,
            false,
            false,
            1,
            "The forward from `x` to `y`. A local derivative is that of a node by one before it, with the others held fixed.",
            {
                {"graph.mu", {"mu = sum(x)/m", "diff(mu, x) = 1/m"}, "the mean, linear in each value"},
                {"graph.d",
                 {"d = x - mu", "diff(d, x) = 1", "diff(d, mu) = -1"},
                 "the deviation; `mu` is held fixed in the first derivative, `x` in the second"},
                {"graph.v", {"v = sum(d^2)/m", "diff(v, d) = 2*d/m"}, "the biased variance, as a function of the deviations"},
                {"graph.q", {"q = v + eps", "diff(q, v) = 1"}, "`eps` keeps `q` positive and is a constant"},
                {"graph.r",
                 {"r = q^(-1/2)", "r^2*q = 1", "2*r*q*diff(r, q) = -r^2", "diff(r, q) = -r^3/2"},
                 "what defines `r` is `r^2*q = 1`; differentiate that by `q`, then multiply by `r/2` and use it once more"},
                {"graph.xhat",
                 {"xhat = d*r", "diff(xhat, d) = r", "diff(xhat, r) = d"},
                 "the normalized value, a product of two nodes"},
                {"graph.y",
                 {"y = gamma*xhat + beta", "diff(y, xhat) = gamma", "diff(y, gamma) = xhat", "diff(y, beta) = 1"},
                 "`gamma` and `beta` are one number each, shared by all values of the channel"},
            }};
}

Section chain_rule() {
    return {
        "chain",
        "The chain rule, stage by stage, from y back to x",
        Setting::training,
        false,
        false,
        1,
        "The gradient of a node is the sum, over the nodes that it enters, of their gradients times the local derivatives.",
        {
            {"chain.dbeta", {"dbeta = sum(dy)"}, "`beta` is in every `y`, with derivative 1", {"staged.dbeta"}},
            {"chain.dgamma", {"dgamma = sum(dy*xhat)"}, "`gamma` is in every `y`, with derivative `xhat`", {"staged.dgamma"}},
            {"chain.dxhat",
             {"dxhat = gamma*dy"},
             "each `xhat` is in its own `y` alone, with derivative `gamma`",
             {"staged.dxhat"}},
            {"chain.dr", {"dr = sum(dxhat*d)"}, "`r` is in every `xhat`, with derivative `d`", {"staged.dr"}},
            {"chain.dq", {"dq = -r^3*dr/2"}, "`q` is in `r` alone, with derivative `-r^3/2`", {"staged.dq"}},
            {"chain.dv", {"dv = dq"}, "`v` is in `q` alone, with derivative 1", {"staged.dv"}},
            {"chain.dd",
             {"dd = r*dxhat + 2*d*dv/m"},
             "each `d` is in its own `xhat`, with derivative `r`, and in `v`, with derivative `2*d/m`",
             {"staged.dd"}},
            {"chain.dmu", {"dmu = -sum(dd)"}, "`mu` is in every `d`, with derivative `-1`", {"staged.dmu"}},
            {"chain.dx",
             {"dx = dd + dmu/m"},
             "each `x` is in its own `d`, with derivative 1, and in `mu`, with derivative `1/m`",
             {"staged.dx"}},
        }};
}

Section closed_form() {
    return {"closed",
            "From the stages to the closed form",
            Setting::training,
            false,
            false,
            1,
            "",
            {
                {"closed.split",
                 {"dmu = -r*sum(dxhat) - 2*dv/m*sum(x) + 2*dv*mu"},
                 "collect `dmu`: insert `dd`; `r`, `dv` and `m` are the same for every index, and `sum(d) = sum(x) - m*mu`"},
                {"closed.zero-sum", {"sum(x) = m*mu"}, "`mu` is the mean: deviations from it sum to zero, `sum(x - mu) = 0`"},
                {"closed.no-v-in-mu", {"dmu = -r*sum(dxhat)"}, "so the way through `v` adds nothing to `dmu`"},
                {"closed.dmu", {"dmu = -gamma*r*dbeta"}, "insert `dxhat = gamma*dy`; `sum(dy)` is `dbeta`"},
                {"closed.dr",
                 {"dr = gamma*sum(dy*d)", "dr = gamma*dgamma/r"},
                 "insert `dxhat = gamma*dy`, then `d = xhat/r`; `sum(dy*xhat)` is `dgamma`"},
                {"closed.dv", {"dv = -r^3*dr/2", "dv = -gamma*r^2*dgamma/2"}, "collect `dv`: insert `dr`"},
                {"closed.insert-dd", {"dx = r*dxhat + 2*d*dv/m + dmu/m"}, "insert `dd` in `dx`"},
                {"closed.insert-all",
                 {"dx = gamma*r*dy - gamma*r^2*d*dgamma/m - gamma*r*dbeta/m"},
                 "insert `dxhat`, `dv` and `dmu`; the two factors 2 cancel"},
                {"closed.xhat", {"dx = gamma*r*dy - gamma*r*xhat*dgamma/m - gamma*r*dbeta/m"}, "`d*r` is `xhat`"},
                {"closed.factor",
                 {"dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)"},
                 "factor `gamma*r`: the closed form",
                 {"closed.dx", "closed.dgamma", "closed.dbeta"}},
            }};
}

Section without_affine() {
    return {"plain",
            "Without affine parameters",
            Setting::without_affine,
            false,
            false,
            1,
            "`gamma = 1` and `beta = 0` are constants: `dxhat = dy`, and nothing else changes.",
            {
                {"plain.y", {"y = xhat"}, "what is left of `y`"},
                {"plain.dx",
                 {"dx = r*(dy - mean(dy) - xhat*mean(dy*xhat))"},
                 "the two sums are still due, though there are no `dbeta` and `dgamma` to hand out",
                 {"closed.dx"}},
            }};
}

Section inference() {
    return {
        "inference",
        "Inference: mean and variance are given",
        Setting::inference,
        false,
        false,
        1,
        "`mu`, `v` and so `r` are constants: no way leads through them.",
        {
            {"inference.y", {"y = gamma*(x - mu)*r + beta", "diff(y, x) = gamma*r"}, "each `y` depends on its own `x` alone"},
            {"inference.dbeta", {"dbeta = sum(dy)"}, "as in training", {"closed.dbeta"}},
            {"inference.dgamma",
             {"dgamma = sum(dy*xhat)"},
             "as in training, with `xhat = (x - mu)*r` of the given `mu` and `v`",
             {"closed.dgamma"}},
            {"inference.dx", {"dx = gamma*r*dy"}, "only the first term of training is left", {"closed.dx"}},
        }};
}

Section running() {
    return {"running",
            "The running statistics",
            Setting::training,
            false,
            true,
            2,
            "They are carried from batch to batch beside the graph: `y` does not depend on them in training, so that they get "
            "no gradient "
            "and none passes through them. `w` is the weight of the new batch: PyTorch's momentum, and 1 minus that of Keras. "
            "For `m >= 2`, "
            "one value having no unbiased variance.",
            {
                {"running.mean", {"new_running_mean = (1 - w)*running_mean + w*mu"}, "an exponential average of the means"},
                {"running.shrinks",
                 {"new_running_mean - mu = (1 - w)*(running_mean - mu)"},
                 "subtract `mu`: the distance from the batch's mean shrinks by the factor `1 - w`"},
                {"running.unbiased",
                 {"unbiased = sum(d^2)/(m - 1)", "(m - 1)*unbiased = m*v"},
                 "Bessel's correction, of the deviations from the sample's own mean"},
                {"running.var",
                 {"new_running_var = (1 - w)*running_var + w*unbiased"},
                 "the same average of the variances: unbiased in PyTorch, cuDNN and TensorFlow's fused kernel; Keras, Flax and "
                 "ONNX since opset 14 "
                 "take `v` itself"},
            }};
}

}  // namespace

std::vector<Section> derivation_sections() {
    return {graph(), chain_rule(), closed_form(), without_affine(), inference(), running()};
}

}  // namespace bncheck::derivation
