#pragma once

// All that the derivation speaks of, at one point: the forward's values from bn/definition.hpp, the backward's from dual
// numbers of the forward, and beside them ("staged.dx", "closed.dx", "double.gx") what the definition's backward computes.

#include <string>
#include <vector>

#include "bncheck/bn/double_backward.hpp"
#include "bncheck/derivation/formula/evaluate.hpp"
#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/proof/forward_derivative.hpp"
#include "bncheck/derivation/proof/graph.hpp"

namespace bncheck::derivation {

/// Which of them are asked for, besides the forward.
struct Wanted {
    bool chain = false;   ///< the adjoint of every node, local derivatives, running statistics, the definition's own backward
    bool second = false;  ///< the double backward
};

/// The derivative of a node by a quantity in its formula, the others held fixed: by dual numbers of the formula. Of an indexed
/// node by an indexed quantity: that of each value by the quantity's value at the same index.
template <class T>
Value<T> local_derivative(const Point<T>& at, const Quantities<T>& z, const NodeDefinition& node, const std::string& by) {
    using D = Dual<T>;
    const Expression formula = parse_expression(node.formula);
    Quantities<D> dual;
    dual.m = z.m;
    for (const std::string& name : names_in(formula)) {
        const Value<T>& value = z.values.at(name);
        dual.values[name] = {constants(value.values), value.indexed};
    }
    Value<D>& moving = dual.values.at(by);
    if (!moving.indexed) {
        moving.values[0].slope = T(1);
        const Value<D> moved = evaluate<D>(formula, dual);
        Value<T> slopes;
        slopes.indexed = moved.indexed;
        for (const D& value : moved.values) slopes.values.push_back(value.slope);
        return slopes;
    }
    return for_every_index(for_each_index(at, [&](std::size_t i) {
        moving.values[i].slope = T(1);
        const T slope = evaluate<D>(formula, dual).at(i).slope;
        moving.values[i].slope = T(0);
        return slope;
    }));
}

template <class T>
void add_local_derivatives(Quantities<T>& z, const Point<T>& at) {
    for (const NodeDefinition& node : forward_graph)
        for (const std::string& by : names_in(parse_expression(node.formula)))
            if (by != "m" && by != "eps") z.values[node.node + ("/" + by)] = local_derivative(at, z, node, by);
}

template <class T>
void add_chain(Quantities<T>& z, const Point<T>& at, const bn::Normalizer<T>& n, const std::vector<T>& d,
               const std::vector<T>& xhat) {
    const bn::StagedBackward<T> truth = node_derivatives(at, n, d, xhat),
                                staged = bn::staged_backward(at.x, at.dy, n, at.gamma);
    const auto add = [&](const std::string& prefix, const bn::StagedBackward<T>& from) {
        z.values[prefix + "dxhat"] = for_every_index(from.dxhat);
        z.values[prefix + "dr"] = one_number(from.dr);
        z.values[prefix + "dq"] = one_number(from.dq);
        z.values[prefix + "dv"] = one_number(from.dv);
        z.values[prefix + "dd"] = for_every_index(from.dd);
        z.values[prefix + "dmu"] = one_number(from.dmu);
        z.values[prefix + "dx"] = for_every_index(from.dx);
        z.values[prefix + "dgamma"] = one_number(from.dgamma);
        z.values[prefix + "dbeta"] = one_number(from.dbeta);
    };
    add("", truth);
    add("staged.", staged);
    z.values["w"] = one_number(at.weight);
    z.values["running_mean"] = one_number(at.running.mean);
    z.values["running_var"] = one_number(at.running.variance);
    z.values["new_running_mean"] = one_number(bn::running(at.running.mean, n.mu, at.weight));
    if (z.m > 1) {
        const T unbiased = bn::unbiased(n.v, z.m);
        z.values["unbiased"] = one_number(unbiased);
        z.values["new_running_var"] = one_number(bn::running(at.running.variance, unbiased, at.weight));
    }
}

template <class T>
void add_closed_form(Quantities<T>& z, const bn::Gradients<T>& closed) {
    z.values["closed.dx"] = for_every_index(closed.dx);
    z.values["closed.dgamma"] = one_number(closed.dgamma);
    z.values["closed.dbeta"] = one_number(closed.dbeta);
}

template <class T>
void add_second(Quantities<T>& z, const Point<T>& at, Setting setting, const std::vector<T>& xhat, const T& r) {
    const bool training = setting != Setting::inference;
    z.values["ddx"] = for_every_index(at.seeds.ddx);
    z.values["ddgamma"] = one_number(at.seeds.ddgamma);
    z.values["ddbeta"] = one_number(at.seeds.ddbeta);
    const SecondDerivative<T> truth = second_derivative(at, setting);
    const bn::SecondGradients<T> computed = training ? bn::double_backward(at.seeds, at.dy, xhat, at.gamma, r)
                                                     : bn::inference_double_backward(at.seeds, at.dy, xhat, at.gamma, r);
    const auto add = [&](const std::string& prefix, const bn::SecondGradients<T>& from) {
        z.values[prefix + "gdy"] = for_every_index(from.gdy);
        z.values[prefix + "gx"] = for_every_index(from.gx);
        z.values[prefix + "ggamma"] = one_number(from.ggamma);
    };
    z.values["L"] = one_number(truth.loss);
    add("", truth.gradients);
    add("double.", computed);
    if (!training) return;
    const bn::InOrder in_order;
    const bn::Projection<T> u = bn::projection(at.seeds.ddx, xhat, in_order), g = bn::projection(at.dy, xhat, in_order);
    z.values["Pu"] = for_every_index(u.values);
    z.values["Pg"] = for_every_index(g.values);
    z.values["su"] = one_number(u.s);
    z.values["sg"] = one_number(g.s);
    z.values["B"] = one_number(bn::sum_of_products(at.seeds.ddx, g.values) / bn::count<T>(z.m));
    if (setting == Setting::without_affine) return;
    for (const char* by : {"xhat", "r"}) z.values["L/" + std::string(by)] = local_derivative(at, z, second_graph[0], by);
    std::vector<Dual<T>> x = constants(at.x);
    z.values["r/x"] = for_every_index(for_each_index(at, [&](std::size_t i) {
        x[i].slope = T(1);
        const T slope = bn::normalizer(bn::moments(x), constant(at.eps)).r.slope;
        x[i].slope = T(0);
        return slope;
    }));
}

/// Without affine parameters `at` has gamma = 1 and beta = ddgamma = ddbeta = 0.
template <class T>
Quantities<T> quantities(const Point<T>& at, Setting setting, const Wanted& wanted) {
    const bool training = setting != Setting::inference;
    const bn::Normalizer<T> n = bn::normalizer(training ? bn::moments(at.x) : at.running, at.eps);
    std::vector<T> d;
    for (const T& value : at.x) d.push_back(value - n.mu);
    const std::vector<T> xhat = bn::normalized(at.x, n);
    Quantities<T> z;
    z.m = at.x.size();
    z.values = {{"m", one_number(bn::count<T>(z.m))},
                {"x", for_every_index(at.x)},
                {"mu", one_number(n.mu)},
                {"d", for_every_index(d)},
                {"v", one_number(n.v)},
                {"eps", one_number(at.eps)},
                {"q", one_number(n.q)},
                {"r", one_number(n.r)},
                {"xhat", for_every_index(xhat)},
                {"gamma", one_number(at.gamma)},
                {"beta", one_number(at.beta)},
                {"y", for_every_index(bn::output(xhat, bn::Affine<T>{at.gamma, at.beta}))},
                {"dy", for_every_index(at.dy)}};
    if (setting == Setting::training && wanted.chain) {
        add_chain(z, at, n, d, xhat);
        add_local_derivatives(z, at);
    } else {
        const bn::Gradients<T> truth = forward_derivative(at, setting);
        z.values["dx"] = for_every_index(truth.dx);
        z.values["dgamma"] = one_number(truth.dgamma);
        z.values["dbeta"] = one_number(truth.dbeta);
    }
    if (setting == Setting::inference) z.values["y/x"] = local_derivative(at, z, inference_graph[0], "x");
    if (wanted.chain || setting != Setting::training)
        add_closed_form(z, training ? bn::closed_form_backward(at.dy, xhat, at.gamma, n.r)
                                    : bn::inference_backward(at.dy, xhat, at.gamma, n.r));
    if (wanted.second) add_second(z, at, setting, xhat, n.r);
    return z;
}

}  // namespace bncheck::derivation
