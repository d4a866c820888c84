#pragma once

// The formulas of the derivation as data: what is printed is what is evaluated and proven.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace bncheck::derivation {

struct Node;
using Expression = std::shared_ptr<const Node>;

/// A node of a formula. Quantities are one number a channel or one for every index i; operations on them go index by index.
struct Node {
    enum class Kind {
        number,    ///< numerator / denominator
        name,      ///< a quantity
        terms,     ///< children with signs, added up; one negated child is a negation
        multiply,  ///< children[0] * children[1]
        divide,    ///< children[0] / children[1]
        power,     ///< children[0] ^ (halves / 2)
        sum,       ///< over all indices of children[0]; m times it where it is one number
        mean,      ///< sum / m
        partial,   ///< diff(name, by): the partial derivative of one quantity by another
    };
    Kind kind;
    long long numerator = 0, denominator = 1;
    long long halves = 0;
    std::string name = {}, by = {};
    std::vector<Expression> children = {};
    std::size_t column = 0;           ///< where a name stands in its text, counted from 1; 0: unknown
    std::vector<bool> negative = {};  ///< of the children of `terms`
};

Expression number(long long numerator, long long denominator = 1);
Expression name(std::string name, std::size_t column = 0);
Expression terms(std::vector<Expression> children, std::vector<bool> negative);
Expression binary(Node::Kind kind, Expression left, Expression right);
Expression power(Expression base, long long halves);
Expression over_indices(Node::Kind kind, Expression child);
Expression partial(std::string name, std::string by, std::size_t column = 0);

inline Expression minus(Expression left, Expression right) { return terms({std::move(left), std::move(right)}, {false, true}); }
inline Expression negated(Expression child) { return terms({std::move(child)}, {true}); }
inline Expression product(Expression left, Expression right) {
    return binary(Node::Kind::multiply, std::move(left), std::move(right));
}
inline Expression quotient(Expression left, Expression right) {
    return binary(Node::Kind::divide, std::move(left), std::move(right));
}

/// The formula with `value` in the place of a quantity.
Expression substituted(const Expression& in, const std::string& quantity, const Expression& value);

/// Every quantity in it; "r/q" for diff(r, q).
std::vector<std::string> names_in(const Expression& expression);

/// The same formula, written in the grammar of formula.hpp.
std::string to_source(const Expression& expression);

/// Two sides that are equal.
struct Equation {
    Expression left, right;
};

/// Every formula that differs by one term of a sum, at any depth, or one whole side: deleted (zero) or negated.
std::vector<Equation> with_one_term_changed(const Equation& equation);

}  // namespace bncheck::derivation
