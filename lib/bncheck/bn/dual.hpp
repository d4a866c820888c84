#pragma once

// Dual numbers a + b e, e^2 = 0: a value and its derivative along one direction. A function written for any number type
// and called with them gives its exact derivative beside its value.

#include "bncheck/bn/inverse_sqrt.hpp"

namespace bncheck::bn {

template <class T>
struct Dual {
    T value, slope;

    Dual(T v, T s) : value(v), slope(s) {}
    explicit Dual(int whole) : value(whole), slope(0) {}
    explicit Dual(unsigned long whole) : value(whole), slope(0) {}

    friend Dual operator+(const Dual& a, const Dual& b) { return {a.value + b.value, a.slope + b.slope}; }
    friend Dual operator-(const Dual& a, const Dual& b) { return {a.value - b.value, a.slope - b.slope}; }
    friend Dual operator*(const Dual& a, const Dual& b) { return {a.value * b.value, a.slope * b.value + a.value * b.slope}; }
    friend Dual operator/(const Dual& a, const Dual& b) {
        const T quotient = a.value / b.value;
        return {quotient, (a.slope - quotient * b.slope) / b.value};
    }
};

/// r = q^(-1/2), r' = -r^3 q' / 2: what differentiating r^2 q = 1 leaves (the step graph.r checks it).
template <class T>
Dual<T> inverse_sqrt(const Dual<T>& q) {
    using bn::inverse_sqrt;
    const T r = inverse_sqrt(q.value);
    return {r, T(0) - r * r * r * q.slope / T(2)};
}

}  // namespace bncheck::bn
