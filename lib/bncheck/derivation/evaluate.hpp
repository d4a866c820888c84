#pragma once

// Formulas evaluated in any number type, sums in the order of the indices.

#include <map>
#include <string>
#include <vector>

#include "bncheck/bn/definition.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/derivation/expression.hpp"

namespace bncheck::derivation {

/// One number a channel, or one for every index.
template <class T>
struct Value {
    std::vector<T> values;
    bool indexed = false;

    const T& at(std::size_t i) const { return values[indexed ? i : 0]; }
};

template <class T>
Value<T> one_number(const T& value) {
    return {{value}, false};
}

template <class T>
Value<T> for_every_index(std::vector<T> values) {
    return {std::move(values), true};
}

/// The quantities of one channel of m values at one point; diff(r, q) under "r/q".
template <class T>
struct Quantities {
    std::size_t m = 0;
    std::map<std::string, Value<T>> values;
};

/// base^(halves/2) by multiplication, by division where it is negative and by inverse_sqrt where it is odd.
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
    if (halves % 2 == 0)
        return halves >= 0 ? whole(base, static_cast<unsigned long long>(halves / 2))
                           : T(1) / whole(base, static_cast<unsigned long long>(-(halves / 2)));
    const T r = inverse_sqrt(base);
    return halves < 0 ? whole(r, static_cast<unsigned long long>(-halves))
                      : base * r * whole(base, static_cast<unsigned long long>(halves / 2));
}

/// The formula in numbers of type N, which are made of the quantities' T where these differ.
template <class N, class T>
Value<N> evaluate(const Expression& expression, const Quantities<T>& at) {
    const Node& n = *expression;
    const auto child = [&](std::size_t i) { return evaluate<N>(n.children[i], at); };
    const auto every = [&](bool indexed, const auto& of_index) {
        Value<N> result;
        result.indexed = indexed;
        const std::size_t size = indexed ? at.m : 1;
        result.values.reserve(size);
        for (std::size_t i = 0; i < size; ++i) result.values.push_back(of_index(i));
        return result;
    };
    switch (n.kind) {
        case Node::Kind::number: {
            const N numerator(static_cast<unsigned long>(n.numerator < 0 ? -n.numerator : n.numerator));
            const N value = n.denominator == 1 ? numerator : numerator / N(static_cast<unsigned long>(n.denominator));
            return one_number(n.numerator < 0 ? N(0) - value : value);
        }
        case Node::Kind::name:
        case Node::Kind::partial: {
            const std::string key = n.kind == Node::Kind::name ? n.name : n.name + "/" + n.by;
            const auto found = at.values.find(key);
            if (found == at.values.end()) throw Error(Fault::internal, "derivation", key, "there is no such quantity here");
            const Value<T>& value = found->second;
            return every(value.indexed, [&](std::size_t i) { return N(value.at(i)); });
        }
        case Node::Kind::terms: {
            std::vector<Value<N>> children;
            bool indexed = false;
            for (std::size_t i = 0; i < n.children.size(); ++i) {
                children.push_back(child(i));
                indexed = indexed || children.back().indexed;
            }
            return every(indexed, [&](std::size_t i) {
                N total = n.negative[0] ? N(0) - children[0].at(i) : children[0].at(i);
                for (std::size_t k = 1; k < children.size(); ++k)
                    total = n.negative[k] ? total - children[k].at(i) : total + children[k].at(i);
                return total;
            });
        }
        case Node::Kind::multiply:
        case Node::Kind::divide: {
            const Value<N> left = child(0), right = child(1);
            const bool times = n.kind == Node::Kind::multiply;
            return every(left.indexed || right.indexed,
                         [&](std::size_t i) { return times ? left.at(i) * right.at(i) : left.at(i) / right.at(i); });
        }
        case Node::Kind::power: {
            const Value<N> base = child(0);
            return every(base.indexed, [&](std::size_t i) { return half_power(base.at(i), n.halves); });
        }
        case Node::Kind::sum:
        case Node::Kind::mean: {
            const Value<N> inside = child(0);
            const N m = bn::count<N>(at.m);
            const N total = inside.indexed ? bn::sum(inside.values) : m * inside.values[0];
            return one_number(n.kind == Node::Kind::sum ? total : total / m);
        }
    }
    return {};
}

}  // namespace bncheck::derivation
