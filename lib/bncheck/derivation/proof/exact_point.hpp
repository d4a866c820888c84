#pragma once

// Points in the exact ring.

#include "bncheck/derivation/numbers/exact.hpp"
#include "bncheck/derivation/proof/point.hpp"
#include "bncheck/derivation/proof/points.hpp"

namespace bncheck::derivation {

/// For each index the first with equal x, dy and ddx.
template <class T>
std::vector<std::size_t> first_equals(const std::vector<T>& x, const std::vector<T>& dy, const std::vector<T>& ddx) {
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::size_t k = 0;
        while (!(x[k] == x[i] && dy[k] == dy[i] && ddx[k] == ddx[i])) ++k;
        first.push_back(k);
    }
    return first;
}

/// The point whose coordinates `rational` makes, one call each.
template <class F>
Point<Exact> random_point(std::size_t m, Setting setting, F rational) {
    const bool affine = setting != Setting::without_affine;
    const auto next = [&] { return Exact(rational()); };
    const auto vector = [&] {
        std::vector<Exact> values;
        for (std::size_t i = 0; i < m; ++i) values.push_back(next());
        return values;
    };
    Point<Exact> point{
        vector(), vector(), next(), next(), next(), bn::Moments<Exact>{next(), next()}, next(), {vector(), next(), next()}, {}};
    if (!affine) {
        point.gamma = Exact(1);
        point.beta = point.seeds.ddgamma = point.seeds.ddbeta = Exact(0);
    }
    point.same_as = first_equals(point.x, point.dy, point.seeds.ddx);
    return point;
}

inline Point<Exact> exact_point(const WholePoint& at) {
    const auto vector = [](const std::vector<int>& whole) {
        std::vector<Exact> values;
        for (const int value : whole) values.emplace_back(value);
        return values;
    };
    return {vector(at.x),
            vector(at.dy),
            Exact(at.gamma),
            Exact(at.beta),
            Exact(at.eps),
            {Exact(at.running_mean), Exact(at.running_var)},
            Exact(at.weight),
            {vector(at.ddx), Exact(at.ddgamma), Exact(at.ddbeta)},
            first_equals(at.x, at.dy, at.ddx)};
}

}  // namespace bncheck::derivation
