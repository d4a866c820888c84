#pragma once

// The quantities that formulas are about, in any number type, and what becomes of them between the nodes of a formula.

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

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

/// of_index(i) for every i < m, or once.
template <class N, class F>
Value<N> value_of(bool indexed, std::size_t m, const F& of_index) {
    Value<N> result;
    result.indexed = indexed;
    const std::size_t size = indexed ? m : 1;
    result.values.reserve(size);
    for (std::size_t i = 0; i < size; ++i) result.values.push_back(of_index(i));
    return result;
}

/// What a node is worth: a value of its own, whose storage the result of its parent may take over, or a quantity's, which is
/// read where it is.
template <class N>
class Operand {
public:
    explicit Operand(Value<N> own) : own_(std::move(own)) {}
    explicit Operand(const Value<N>* quantity) : quantity_(quantity) {}

    const Value<N>& value() const { return quantity_ ? *quantity_ : own_; }
    Value<N> taken() && { return quantity_ ? *quantity_ : std::move(own_); }
    bool can_hold(bool indexed) const { return !quantity_ && own_.indexed == indexed; }

    /// The own value with of_index(i) in the place of each number; of_index may read the number that it replaces.
    template <class F>
    Operand overwritten(const F& of_index) && {
        for (std::size_t i = 0; i < own_.values.size(); ++i) own_.values[i] = of_index(i);
        return std::move(*this);
    }

private:
    Value<N> own_;
    const Value<N>* quantity_ = nullptr;
};

/// operation(x_i) for every index, or once.
template <class N, class Operation>
Operand<N> applied(Operand<N> x, std::size_t m, const Operation& operation) {
    const Value<N>& of = x.value();
    const bool indexed = of.indexed;
    const auto of_index = [&](std::size_t i) { return operation(of.at(i)); };
    if (x.can_hold(indexed)) return std::move(x).overwritten(of_index);
    return Operand<N>(value_of<N>(indexed, m, of_index));
}

/// operation(x_i, y_i) for every index, or once where both are one number.
template <class N, class Operation>
Operand<N> combined(Operand<N> x, Operand<N> y, std::size_t m, const Operation& operation) {
    const Value<N>&left = x.value(), &right = y.value();
    const bool indexed = left.indexed || right.indexed;
    const auto of_index = [&](std::size_t i) { return operation(left.at(i), right.at(i)); };
    if (x.can_hold(indexed)) return std::move(x).overwritten(of_index);
    if (y.can_hold(indexed)) return std::move(y).overwritten(of_index);
    return Operand<N>(value_of<N>(indexed, m, of_index));
}

}  // namespace bncheck::derivation
