#include "bncheck/gradient/richardson.hpp"

#include <cmath>
#include <limits>

namespace bncheck::gradient {
namespace {

/// Lagrange's weights at 0 for the nodes first^2, ..., last^2.
std::array<double, most_steps> lagrange(std::size_t first, std::size_t last) {
    std::array<double, most_steps> result{};
    for (std::size_t l = first; l <= last; ++l) {
        double weight = 1;
        for (std::size_t j = first; j <= last; ++j) {
            const double square = static_cast<double>(j * j);
            if (j != l) weight *= square / (square - static_cast<double>(l * l));
        }
        result[l - 1] = weight;
    }
    return result;
}

Weights make(std::size_t steps) {
    Weights w{steps};
    w.all = lagrange(1, steps);
    if (steps > 1) {
        w.without_last = lagrange(1, steps - 1);
        w.without_first = lagrange(2, steps);
    }
    for (std::size_t l = 1; l <= steps; ++l) {
        // D(lh) errs by 2E / 2lh.
        w.noise_gain += std::fabs(w.all[l - 1]) / static_cast<double>(l);
        w.magnitude += std::fabs(w.all[l - 1]);
    }
    return w;
}

}  // namespace

const Weights& weights(std::size_t steps) {
    static const std::array<Weights, most_steps> all{make(1), make(2), make(3), make(4)};
    return all.at(steps - 1);
}

double truncation(std::size_t steps, double tau) {
    const double p = static_cast<double>(steps);
    if (!(p * tau < 1)) return std::numeric_limits<double>::infinity();
    double bound = 1;
    for (double l = 1; l <= p; ++l) bound *= l * l * tau * tau / (1 - l * l * tau * tau);
    return bound;
}

}  // namespace bncheck::gradient
