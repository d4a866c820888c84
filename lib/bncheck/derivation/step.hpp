#pragma once

// A step of the derivation: what it states, why, and the equations that it states, as sums of terms that can be
// evaluated for any number type: with error bounds to check them numerically, in an exact ring to prove them.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "bncheck/bn/definition.hpp"
#include "bncheck/derivation/forward_derivative.hpp"

namespace bncheck::derivation {

enum class Part { graph, chain_rule, closed_form, inference };

struct Statement {
    std::string id;  ///< stable: "chain.dr"
    Part part;
    std::string formula, reason;
};

/// All that the steps speak of, at one point, from the definition in bn/definition.hpp.
template <class T>
struct Quantities {
    Point<T> at;
    T m;
    bn::Normalizer<T> n;
    std::vector<T> d, xhat, y;
    bn::StagedBackward<T> staged;  ///< by the chain rule
    bn::StagedBackward<T> truth;   ///< by dual numbers
    bn::Gradients<T> closed;
    struct Inference {
        bn::Normalizer<T> n;
        std::vector<T> xhat;
        bn::Gradients<T> gradients, truth;
    } inference;
};

template <class T>
Quantities<T> quantities(const Point<T>& at) {
    const bn::Normalizer<T> n = bn::normalizer(bn::moments(at.x), at.eps);
    std::vector<T> d;
    for (const T& value : at.x) d.push_back(value - n.mu);
    const std::vector<T> xhat = bn::normalized(at.x, n);
    const bn::Normalizer<T> given = bn::normalizer(at.running, at.eps);
    const std::vector<T> given_xhat = bn::normalized(at.x, given);
    return {at,
            bn::count<T>(at.x.size()),
            n,
            d,
            xhat,
            bn::output(xhat, bn::Affine<T>{at.gamma, at.beta}),
            bn::staged_backward(at.x, at.dy, n, at.gamma),
            forward_derivative(at, n, d, xhat),
            bn::closed_form_backward(at.dy, xhat, at.gamma, n.r),
            {given, given_xhat, bn::inference_backward(at.dy, given_xhat, at.gamma, given.r), inference_derivative(at)}};
}

/// One value, or one for every index i.
template <class T>
using Term = std::vector<T>;

/// sum of left = sum of right, for every index. No terms: zero. All terms have the same size.
template <class T>
struct Equation {
    std::vector<Term<T>> left, right;
};

template <class T>
struct Step {
    Statement statement;
    std::function<std::vector<Equation<T>>(const Quantities<T>&)> equations;
};

// The vocabulary in which the equations are written.

template <class T>
std::vector<T> times(const T& factor, const std::vector<T>& values) {
    std::vector<T> result;
    for (const T& value : values) result.push_back(factor * value);
    return result;
}

template <class T>
std::vector<T> product(const std::vector<T>& a, const std::vector<T>& b) {
    std::vector<T> result;
    for (std::size_t i = 0; i < a.size(); ++i) result.push_back(a[i] * b[i]);
    return result;
}

template <class T>
std::vector<T> repeated(const T& value, const std::vector<T>& as_many) {
    return std::vector<T>(as_many.size(), value);
}

template <class T>
T negative(const T& value) {
    return T(0) - value;
}

/// The summands of a sum over i, each a term.
template <class T>
std::vector<Term<T>> each(const std::vector<T>& values) {
    std::vector<Term<T>> terms;
    for (const T& value : values) terms.push_back({value});
    return terms;
}

/// The local derivative of a node of degree at most two in the variable, by its central difference with step one, which
/// is then exact: (f(z + 1) - f(z - 1)) / 2. `node` takes the index and the shift of the variable.
template <class T, class F>
Equation<T> local_derivative(F node, const std::vector<T>& derivative) {
    Term<T> above, below;
    for (std::size_t i = 0; i < derivative.size(); ++i) {
        above.push_back(node(i, T(1)) / T(2));
        below.push_back(negative(node(i, T(-1)) / T(2)));
    }
    return {{above, below}, {derivative}};
}

template <class T>
std::vector<T> shifted(std::vector<T> values, std::size_t i, const T& shift) {
    values[i] = values[i] + shift;
    return values;
}

}  // namespace bncheck::derivation
