#pragma once

// Formulas evaluated in any number type, sums in the order of the indices.

#include <cmath>
#include <string>
#include <type_traits>

#include "bncheck/bn/definition.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/derivation/formula/expression.hpp"
#include "bncheck/derivation/formula/value.hpp"

namespace bncheck::derivation {

/// x^0.
template <class T>
T unity(const T&) {
    return T(1);
}

/// base^(halves/2) by multiplication, by division where it is negative and by inverse_sqrt where it is odd; the machine's own
/// types by their root where it is odd and positive, as code does it.
template <class T>
T half_power(const T& base, long long halves) {
    const auto whole = [](T factor, unsigned long long n) {
        T result(1);
        for (bool first = true; n > 0; n /= 2) {
            if (n % 2 == 1) {
                result = first ? factor : result * factor;
                first = false;
            }
            if (n > 1) factor = factor * factor;
        }
        return result;
    };
    using bn::inverse_sqrt;
    if (halves == 0) return unity(base);
    if (halves % 2 == 0)
        return halves >= 0 ? whole(base, static_cast<unsigned long long>(halves / 2))
                           : T(1) / whole(base, static_cast<unsigned long long>(-(halves / 2)));
    if constexpr (std::is_floating_point_v<T>)
        if (halves > 0) {
            const T root = std::sqrt(base);
            return halves == 1 ? root : root * whole(base, static_cast<unsigned long long>(halves / 2));
        }
    const T r = inverse_sqrt(base);
    return halves < 0 ? whole(r, static_cast<unsigned long long>(-halves))
                      : base * r * whole(base, static_cast<unsigned long long>(halves / 2));
}

/// One node after its children; observe(node, value) is told what each is worth, before its parent.
template <class N, class T, class Observe>
Operand<N> evaluate_node(const Expression& expression, const Quantities<T>& at, const Observe& observe) {
    const Node& n = *expression;
    const auto child = [&](std::size_t i) { return evaluate_node<N>(n.children[i], at, observe); };
    const auto shown = [&](Operand<N> result) {
        observe(n, result.value());
        return result;
    };
    const auto plus = [](const N& a, const N& b) { return a + b; };
    const auto minus = [](const N& a, const N& b) { return a - b; };
    switch (n.kind) {
        case Node::Kind::number: {
            const N numerator(static_cast<unsigned long>(n.numerator < 0 ? -n.numerator : n.numerator));
            const N value = n.denominator == 1 ? numerator : numerator / N(static_cast<unsigned long>(n.denominator));
            return shown(Operand<N>(one_number(n.numerator < 0 ? N(0) - value : value)));
        }
        case Node::Kind::name:
        case Node::Kind::partial: {
            const std::string key = n.kind == Node::Kind::name ? n.name : n.name + "/" + n.by;
            const auto found = at.values.find(key);
            if (found == at.values.end()) throw Error(Fault::internal, "derivation", key, "there is no such quantity here");
            const Value<T>& value = found->second;
            if constexpr (std::is_same_v<N, T>)
                return shown(Operand<N>(&value));
            else
                return shown(Operand<N>(value_of<N>(value.indexed, at.m, [&](std::size_t i) { return N(value.at(i)); })));
        }
        case Node::Kind::terms: {
            Operand<N> total = child(0);
            if (n.negative[0]) total = applied(std::move(total), at.m, [](const N& a) { return N(0) - a; });
            for (std::size_t k = 1; k < n.children.size(); ++k)
                total = n.negative[k] ? combined(std::move(total), child(k), at.m, minus)
                                      : combined(std::move(total), child(k), at.m, plus);
            return shown(std::move(total));
        }
        case Node::Kind::multiply: {
            Operand<N> left = child(0);
            return shown(combined(std::move(left), child(1), at.m, [](const N& a, const N& b) { return a * b; }));
        }
        case Node::Kind::divide: {
            Operand<N> left = child(0);
            return shown(combined(std::move(left), child(1), at.m, [](const N& a, const N& b) { return a / b; }));
        }
        case Node::Kind::power:
            return shown(applied(child(0), at.m, [&](const N& base) { return half_power(base, n.halves); }));
        case Node::Kind::sum:
        case Node::Kind::mean: {
            const Operand<N> inside = child(0);
            using bn::sum;
            const N m = bn::count<N>(at.m);
            const N total = inside.value().indexed ? sum(inside.value().values) : m * inside.value().values[0];
            return shown(Operand<N>(one_number(n.kind == Node::Kind::sum ? total : total / m)));
        }
    }
    throw Error(Fault::internal, "derivation", "", "a node of no kind");
}

/// The formula in numbers of type N, which are made of the quantities' T where these differ. observe(node, value) is told what
/// each node is worth, children first.
template <class N, class T, class Observe>
Value<N> evaluate(const Expression& expression, const Quantities<T>& at, const Observe& observe) {
    return evaluate_node<N>(expression, at, observe).taken();
}

template <class N, class T>
Value<N> evaluate(const Expression& expression, const Quantities<T>& at) {
    return evaluate<N>(expression, at, [](const Node&, const Value<N>&) {});
}

}  // namespace bncheck::derivation
