#include "bncheck/gradient/richardson.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace bncheck::gradient;

namespace {

template <class F>
Extrapolated<long double> differences_of(F f, std::size_t steps, long double h) {
    std::array<long double, most_steps> D{};
    for (std::size_t l = 1; l <= steps; ++l) {
        const long double t = h * static_cast<long double>(l);
        D[l - 1] = (f(t) - f(-t)) / (2 * t);
    }
    return extrapolate(D, steps, [](long double v) { return std::fabs(v); });
}

}  // namespace

TEST_CASE("p steps differentiate every polynomial of degree 2p exactly, and no other") {
    for (std::size_t p = 1; p <= most_steps; ++p)
        for (int degree = 1; degree <= 9; ++degree) {
            // (1 + t)^degree has the slope `degree` at 0; whole numbers, so that only the last division rounds.
            const auto f = [&](long double t) { return std::pow(1 + t, static_cast<long double>(degree)); };
            const double error = static_cast<double>(std::fabs(differences_of(f, p, 1).value - degree));
            if (degree <= 2 * static_cast<int>(p))
                CHECK(error < 1e-12);  // weights below 4, values below 5^9: 1e-19 of 1e7
            else
                CHECK(error > 0.1);
        }
}

TEST_CASE("the order of p steps is 2p, and Ridders' error covers what is left") {
    for (std::size_t p = 2; p <= most_steps; ++p) {
        const auto f = [](long double t) { return std::exp(t); };
        const auto coarse = differences_of(f, p, 0.1L), fine = differences_of(f, p, 0.05L);
        const double order = std::log2(static_cast<double>((coarse.value - 1) / (fine.value - 1)));
        CHECK(order == Approx(2.0 * static_cast<double>(p)).margin(0.1));
        CHECK(static_cast<double>(std::fabs(coarse.value - 1)) < static_cast<double>(coarse.error));
    }
}

TEST_CASE("the truncation bound holds, nearly with equality for the function that it is worst for") {
    // f = t / (1 - t^2 / rho^2) has the coefficients rho^-2n of Cauchy's bound for M / rho = 1, all of one sign.
    for (std::size_t p = 1; p <= most_steps; ++p)
        for (const double tau : {0.001, 0.05, 0.2}) {
            const auto f = [](long double t) { return t / (1 - t * t); };
            const double error = static_cast<double>(std::fabs(differences_of(f, p, tau).value - 1));
            const double bound = truncation(p, tau);
            if (static_cast<double>(p) * tau >= 1) continue;
            CHECK(error <= bound * (1 + 1e-12) + 1e-16);
            if (bound > 1e-13) CHECK(error == Approx(bound).epsilon(1e-3));
        }
    CHECK(std::isinf(truncation(4, 0.25)));
}

TEST_CASE("noise is amplified as the weights say") {
    for (std::size_t p = 1; p <= most_steps; ++p) {
        const Weights& w = weights(p);
        double sum = 0, gain = 0;
        for (std::size_t l = 1; l <= p; ++l) {
            sum += w.all[l - 1];
            gain += std::fabs(w.all[l - 1]) / static_cast<double>(l);
        }
        CHECK(sum == Approx(1).epsilon(1e-15));
        CHECK(w.noise_gain == gain);
    }
}
