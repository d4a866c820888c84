#pragma once

#include <array>
#include <cstddef>

// Central differences D(h) = (f(h) - f(-h)) / 2h of the steps h, 2h, ..., ph, extrapolated to step 0 by Neville's tableau in
// h^2 (L. F. Richardson, Phil. Trans. A 210 (1911); C. J. F. Ridders, "Accurate computation of F'(x) and F'(x) F''(x)", Adv.
// Eng. Software 4 (1982)). The tableau's entry of p steps is the central formula of order 2p: p = 1 to 4 are the orders 2 to 8.
namespace bncheck::gradient {

inline constexpr std::size_t most_steps = 4;

/// Weights of D(h), ..., D(ph) in the estimate, and in the two estimates of order 2(p - 1) that it is made of: of the steps
/// without the last and without the first. With p = 1 there are none of those.
struct Weights {
    std::size_t steps;
    std::array<double, most_steps> all{}, without_last{}, without_first{};

    /// The estimate errs by at most noise_gain E / h where every value of f errs by E.
    double noise_gain = 0;
    /// Sum of |all|: what the rounding of the D(lh) themselves, relative to them, amounts to.
    double magnitude = 0;
};

/// 1 <= steps <= most_steps.
const Weights& weights(std::size_t steps);

/// Where f is analytic for complex |t| < rho and |f| <= M there: a bound of |estimate - f'(0)| / (M / rho) for the given ratio
/// h / rho (infinity where steps h >= rho). With f = sum a_n t^n, |a_n| <= M rho^-n (Cauchy), D(h) = sum a_(2n+1) h^2n, and the
/// estimate leaves of h^2n, n >= p, the part +-(p!)^2 c_(n-p)(1, 4, ..., p^2), c_k the complete homogeneous symmetric
/// polynomial of degree k; their generating function sums them to (p!)^2 tau^2p prod 1 / (1 - l^2 tau^2), tau = h / rho.
double truncation(std::size_t steps, double tau);

/// Ridders' error estimate: the larger of the distances to the two estimates of lower order.
template <class T>
struct Extrapolated {
    T value, error;
};

/// Of the differences D(lh), l = 1 to steps, in any number type with + - * abs and comparison. With one step the error is |D|.
template <class T, class Abs>
Extrapolated<T> extrapolate(const std::array<T, most_steps>& differences, std::size_t steps, Abs abs_of) {
    // Exact rational weights, so that they do not limit a precise type: of step l among the steps a, ..., b the factor
    // prod j^2 / (j^2 - l^2).
    const auto estimate = [&](std::size_t first, std::size_t last) {
        T total(0);
        for (std::size_t l = first; l <= last; ++l) {
            long numerator = 1, denominator = 1;
            for (std::size_t j = first; j <= last; ++j) {
                if (j == l) continue;
                const long square = static_cast<long>(j * j);
                numerator *= square;
                denominator *= square - static_cast<long>(l * l);
            }
            total = total + differences[l - 1] * T(static_cast<int>(numerator)) / T(static_cast<int>(denominator));
        }
        return total;
    };
    const T value = estimate(1, steps);
    if (steps == 1) return {value, abs_of(value)};
    const T a = abs_of(value - estimate(1, steps - 1)), b = abs_of(value - estimate(2, steps));
    return {value, a < b ? b : a};
}

}  // namespace bncheck::gradient
