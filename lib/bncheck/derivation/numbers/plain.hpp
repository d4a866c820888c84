#pragma once

// Rational numbers whose roots are taken where they are rational: for channels that a person can work through.

#include "bncheck/derivation/numbers/perfect_square.hpp"

namespace bncheck::derivation {

/// Thrown where there is no rational result: a division by zero, a root that is not rational.
struct NoRationalValue {};

struct Plain {
    Rational value;

    explicit Plain(int whole) : value(whole) {}
    explicit Plain(unsigned long whole) : value(whole) {}
    explicit Plain(Rational rational) : value(std::move(rational)) {}

    friend Plain operator+(const Plain& x, const Plain& y) { return Plain(x.value + y.value); }
    friend Plain operator-(const Plain& x, const Plain& y) { return Plain(x.value - y.value); }
    friend Plain operator*(const Plain& x, const Plain& y) { return Plain(x.value * y.value); }
    friend Plain operator/(const Plain& x, const Plain& y) {
        if (y.value == 0) throw NoRationalValue();
        return Plain(x.value / y.value);
    }
    friend bool operator==(const Plain& x, const Plain& y) { return x.value == y.value; }
};

inline Plain inverse_sqrt(const Plain& q) {
    const std::optional<Rational> root = perfect_root(q.value);
    if (!root || *root == 0) throw NoRationalValue();
    return Plain(1 / *root);
}

}  // namespace bncheck::derivation
