#pragma once

// The numerical check of a step: for every equation and every index
//
//     |sum of left - sum of right| <= the rounding error of both sides,
//
// where that error is bounded operation by operation while the sides are computed (bounded.hpp): the tolerance is derived
// from the data, for ill-conditioned data too, and no constant is chosen. To first order it is K m u times the sizes of
// what is added, K counting the sums of m terms and the powers that follow each other from x to the side (at most mu, v,
// r^3, dr, dmu); with 256 bits that is 1e-75 where a wrong or missing term is near 1.

#include <limits>
#include <string>
#include <vector>

#include "bncheck/derivation/bounded.hpp"
#include "bncheck/derivation/steps.hpp"

namespace bncheck::derivation {

struct StepResidual {
    std::string id;
    double relative = 0;     ///< largest |left - right| of all points and equations, over the largest |term| of the step there
    double utilisation = 0;  ///< largest |left - right| over its bound; at most 1 where the step holds
    bool holds = true;       ///< false too where a side is not finite or its bound is infinite
};

/// The check of the whole derivation.
struct Checks {
    std::vector<StepResidual> residuals;  ///< in the order of statements()
    std::size_t points = 0;
    int bits = 0;  ///< of the arithmetic

    bool all_hold() const {
        for (const StepResidual& residual : residuals)
            if (!residual.holds) return false;
        return true;
    }
};

/// x / y where 0 / 0 is 0.
template <class T>
double ratio(const T& x, const T& y) {
    if (x == T(0)) return 0;
    return y == T(0) ? std::numeric_limits<double>::infinity() : static_cast<double>(T(x / y));
}

template <class T>
StepResidual check_step(const Step<Bounded<T>>& step, const std::vector<Quantities<Bounded<T>>>& at) {
    StepResidual result;
    result.id = step.statement.id;
    for (const Quantities<Bounded<T>>& point : at) {
        T scale(0), worst(0);
        for (const Equation<Bounded<T>>& equation : step.equations(point)) {
            const std::size_t size = (equation.left.empty() ? equation.right : equation.left).at(0).size();
            for (std::size_t i = 0; i < size; ++i) {
                Bounded<T> difference(0);
                const auto take = [&](const Bounded<T>& term) {
                    if (scale < magnitude(term.value)) scale = magnitude(term.value);
                    return term;
                };
                for (const Term<Bounded<T>>& term : equation.left) difference = difference + take(term.at(i));
                for (const Term<Bounded<T>>& term : equation.right) difference = difference - take(term.at(i));
                const T residual = magnitude(difference.value);
                if (!(residual <= difference.error) || difference.error == std::numeric_limits<T>::infinity())
                    result.holds = false;
                const double used = ratio(residual, difference.error);
                if (!(used <= result.utilisation)) result.utilisation = used;
                if (!(residual <= worst)) worst = residual;
            }
        }
        const double relative = ratio(worst, scale);
        if (!(relative <= result.relative)) result.relative = relative;
    }
    return result;
}

/// The quantities of all points, for check_step.
template <class T>
std::vector<Quantities<Bounded<T>>> quantities_of(const std::vector<Point<Bounded<T>>>& points) {
    std::vector<Quantities<Bounded<T>>> all;
    for (const Point<Bounded<T>>& point : points) all.push_back(quantities(point));
    return all;
}

/// Every step at the given points, in the arithmetic of T: a machine type or MPFR's.
template <class T>
std::vector<StepResidual> check_steps(const std::vector<Point<Bounded<T>>>& points) {
    const std::vector<Quantities<Bounded<T>>> at = quantities_of(points);
    std::vector<StepResidual> residuals;
    for (const Step<Bounded<T>>& step : steps<Bounded<T>>()) residuals.push_back(check_step(step, at));
    return residuals;
}

/// Every step at the points of points.hpp, in MPFR arithmetic of at least 256 bits.
Checks check_derivation();

}  // namespace bncheck::derivation
