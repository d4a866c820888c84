#pragma once

// One derivative taken in three ways in one number type: a closed form, dual numbers, and central differences of order 8 with
// Ridders' error. Include in sources only.
//
// A function F<T> has value(), variable(which) (a reference to what it is differentiated by) and lifted() (an F<bn::Dual<T>> of
// the same numbers).

#include <algorithm>
#include <cmath>

#include "bncheck/bn/dual.hpp"
#include "bncheck/gradient/richardson.hpp"
#include "bncheck/judge/entry_findings.hpp"

namespace bncheck::gradient {

/// What is known of a derivative before it is taken: its size, by the terms that it is made of; the scale on which the function
/// changes; the rounding of one value of the function, and that of the closed form and of dual numbers.
struct Scales {
    double size, length, noise, rounding;

    /// Whether all are among the normal doubles. They are products of many numbers of the data, whose own range does not see to
    /// that; where they leave it there is no step, and no tolerance.
    bool usable() const {
        const auto normal = [](double value) { return std::isnormal(value) && value > 0; };
        return normal(size) && normal(length) && normal(noise) && normal(rounding) && normal(size * length) &&
               normal(noise / (size * length));
    }
};

struct Compared {
    judge::Entry entry;                        ///< analytic: the closed form; numeric: differences
    bool fails = false;                        ///< it and differences, or it and dual numbers, disagree
    double digits = 1000, dual_digits = 1000;  ///< to which dual numbers agree with differences, and with the closed form
};

template <class T>
std::vector<bn::Dual<T>> lifted(const std::vector<T>& values) {
    std::vector<bn::Dual<T>> result;
    for (const T& value : values) result.push_back(bn::Dual<T>(value, T(0)));
    return result;
}
template <class T>
bn::Dual<T> lifted(const T& value) {
    return bn::Dual<T>(value, T(0));
}

template <class T, template <class> class F>
Compared compare_derivative(F<T> f, std::size_t which, const T& closed, const Scales& s) {
    constexpr std::size_t steps = most_steps;
    const auto to_double = [](const T& value) { return static_cast<double>(value); };
    const auto magnitude = [](const T& value) { return T(abs(value)); };
    // As in gradient/base_point.hpp: Ridders' error, of order 6, against noise.
    const double tau = std::min(std::pow(s.noise / (s.size * s.length), 1.0 / (2 * steps - 1)), 0x1p-6);
    const T h = T(std::ldexp(1.0, std::ilogb(tau * s.length))), at = f.variable(which);
    auto dual = f.lifted();
    dual.variable(which).slope = T(1);
    const T slope = dual.value().slope;
    std::array<T, most_steps> differences;
    for (std::size_t l = 1; l <= steps; ++l) {
        const T step = h * T(static_cast<int>(l));
        f.variable(which) = at + step;
        const T above = f.value();
        f.variable(which) = at - step;
        differences[l - 1] = (above - f.value()) / (T(2) * step);
    }
    const Extrapolated<T> numeric = extrapolate(differences, steps, magnitude);
    const auto digits = [&](double difference) { return difference == 0 ? 1000 : -std::log10(difference / s.size); };
    const double between = to_double(magnitude(slope - closed));
    Compared result;
    judge::Entry& e = result.entry;
    e.analytic = to_double(closed);
    e.numeric = to_double(numeric.value);
    e.error = to_double(magnitude(numeric.value - closed));
    e.estimated = to_double(numeric.error) + weights(steps).noise_gain * s.noise / to_double(h);
    e.allowed = e.estimated + s.rounding;
    result.fails = !(e.error <= e.allowed) || !(between <= 2 * s.rounding);
    result.digits = digits(to_double(magnitude(numeric.value - slope)));
    result.dual_digits = digits(between);
    return result;
}

}  // namespace bncheck::gradient
