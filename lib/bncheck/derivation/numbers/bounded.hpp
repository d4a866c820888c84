#pragma once

// A computed value and a bound of its error, carried through every operation: running error analysis (N. J. Higham,
// "Accuracy and Stability of Numerical Algorithms", 2nd ed., section 3.3). With it, two ways of computing the same
// quantity have a tolerance that is derived from the data and the operations as they were done:
//
//     |a - b| <= error(a) + error(b)        wherever a and b are equal in exact arithmetic.
//
// For a and b that stand for exact numbers within ea and eb of them, and u the unit roundoff of T:
//
//     fl(a +- b)   ea + eb                          + u |result|      (|fl(z) - z| <= u |fl(z)|, rounding to nearest)
//     fl(a b)      |a| eb + |b| ea + ea eb          + u |result|
//     fl(a / b)    (ea + |a/b| eb) / (|b| - eb)     + u |result|      infinite where eb >= |b|
//     q^(-1/2)     r t / (2 (1 - t)), t = eq/q      + 3 u |result|    since (1 - t)^(-1/2) - 1 <= t / (2 (1 - t)), and
//                                                                     a root and a division are below 2.01 u;
//                                                                     infinite where t >= 1
//
// The bound itself is computed with at most 8 roundings, which the factor 1 + 16 u covers. Here u is machine epsilon,
// twice the unit roundoff, which also covers a library's root of 1 ulp. Overflow and underflow are left out: MPFR's
// exponents have 62 bits.

#include <limits>

#include "bncheck/bn/inverse_sqrt.hpp"

namespace bncheck::derivation {

template <class T>
T magnitude(const T& value) {
    return value < T(0) ? T(T(0) - value) : value;
}

template <class T>
struct Bounded {
    T value, error;

    Bounded(T v, T e) : value(v), error(e) {}
    explicit Bounded(int whole) : value(whole), error(0) {}
    explicit Bounded(unsigned long whole) : value(whole), error(0) {}

    /// A result of one rounding, `roundings` u, of operands that bring it the error `inherited`.
    static Bounded rounded(const T& result, const T& inherited, int roundings = 1) {
        const T u = std::numeric_limits<T>::epsilon();
        return {result, (inherited + T(roundings) * u * magnitude(result)) * (T(1) + T(16) * u)};
    }

    friend Bounded operator+(const Bounded& a, const Bounded& b) { return rounded(a.value + b.value, a.error + b.error); }
    friend Bounded operator-(const Bounded& a, const Bounded& b) { return rounded(a.value - b.value, a.error + b.error); }
    friend Bounded operator*(const Bounded& a, const Bounded& b) {
        return rounded(a.value * b.value, magnitude(a.value) * b.error + magnitude(b.value) * a.error + a.error * b.error);
    }
    friend Bounded operator/(const Bounded& a, const Bounded& b) {
        const T quotient = a.value / b.value, least = magnitude(b.value) - b.error;
        if (!(least > T(0))) return {quotient, std::numeric_limits<T>::infinity()};
        return rounded(quotient, (a.error + magnitude(quotient) * b.error) / least);
    }
};

template <class T>
Bounded<T> inverse_sqrt(const Bounded<T>& q) {
    using bn::inverse_sqrt;
    const T r = inverse_sqrt(q.value), t = q.error / q.value;
    if (!(t < T(1))) return {r, std::numeric_limits<T>::infinity()};
    return Bounded<T>::rounded(r, r * t / (T(2) * (T(1) - t)), 3);
}

}  // namespace bncheck::derivation
