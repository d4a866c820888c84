#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "bncheck/bn/definition.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/oracle/reference.hpp"

using namespace bncheck;

namespace {

/// Largest error of y, closed-form and staged dx of the definition in T against the 256-bit instance.
template <class T>
double largest_error(const oracle::Channel& c, const oracle::Truth& truth) {
    std::vector<T> x, dy;
    for (double value : c.x[0]) x.push_back(static_cast<T>(value));
    for (double value : *c.dy) dy.push_back(static_cast<T>(value));
    const T gamma = static_cast<T>(c.gamma), beta = static_cast<T>(c.beta);
    const auto n = bn::normalizer(bn::moments(x), static_cast<T>(c.eps));
    const auto xhat = bn::normalized(x, n);
    const auto y = bn::output(xhat, bn::Affine<T>{gamma, beta});
    const auto closed = bn::closed_form_backward(dy, xhat, gamma, n.r).dx, staged = bn::staged_backward(x, dy, n, gamma).dx;
    double largest = 0;
    const auto compare = [&](const T& got, const oracle::Enclosure& want) {
        largest = std::max(largest, static_cast<double>(std::fabs((got - static_cast<T>(want.hi)) - static_cast<T>(want.lo))));
    };
    for (std::size_t i = 0; i < x.size(); ++i) {
        compare(y[i], truth.y[i]);
        compare(closed[i], truth.dx[i]);
        compare(staged[i], truth.dx[i]);
    }
    return largest;
}

}  // namespace

TEST_CASE("the one definition in float, double and long double: each is nearer to the 256-bit one than the last") {
    const RandomStream x("test", "definition", "x", 1), dy("test", "definition", "dy", 1);
    oracle::Channel c;
    c.x.emplace_back();
    c.dy.emplace();
    for (std::size_t i = 0; i < 40; ++i) {
        c.x[0].push_back(static_cast<float>(x.normal(i)));
        c.dy->push_back(static_cast<float>(dy.normal(i)));
    }
    c.eps = 0x1p-10;
    c.gamma = 1.25;
    c.beta = -0.5;
    const oracle::Truth truth = oracle::truth_mpfr256(c);
    const double single = largest_error<float>(c, truth), twice = largest_error<double>(c, truth),
                 extended = largest_error<long double>(c, truth);
    // Each step of precision is worth at least 11 bits (53 to 64); 8 of them leave room for luck.
    CHECK(twice < single * 0x1p-8);
    CHECK(extended < twice * 0x1p-8);
    CHECK(extended > 0);
}
