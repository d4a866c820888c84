#include "bncheck/bn/double_backward.hpp"

#include <catch2/catch.hpp>

#include "bncheck/bn/dual.hpp"
#include "bncheck/bn/real.hpp"
#include "bncheck/core/random.hpp"

using namespace bncheck;

namespace {

/// Everything that L depends on.
template <class T>
struct Point {
    std::vector<T> x, dy;
    T gamma, eps;
    bn::SecondSeeds<T> seeds;
    bool training;
    bn::Moments<T> running;
};

template <class T>
bn::Normalizer<T> normalizer(const Point<T>& p) {
    return bn::normalizer(p.training ? bn::moments(p.x) : p.running, p.eps);
}

template <class T>
bn::SecondGradients<T> by_formula(const Point<T>& p) {
    const bn::Normalizer<T> n = normalizer(p);
    const std::vector<T> xhat = bn::normalized(p.x, n);
    return p.training ? bn::double_backward(p.seeds, p.dy, xhat, p.gamma, n.r)
                      : bn::inference_double_backward(p.seeds, p.dy, xhat, p.gamma, n.r);
}

/// The derivative of L along a direction in (dy, x, gamma), by dual numbers through the forward and the first backward.
template <class T>
T slope(const Point<T>& p, const std::vector<T>& along_dy, const std::vector<T>& along_x, const T& along_gamma) {
    using D = bn::Dual<T>;
    const auto constant = [](const T& value) { return D(value, T(0)); };
    const auto moving = [](const std::vector<T>& at, const std::vector<T>& along) {
        std::vector<D> result;
        for (std::size_t i = 0; i < at.size(); ++i) result.emplace_back(at[i], along[i]);
        return result;
    };
    const std::vector<D> x = moving(p.x, along_x), dy = moving(p.dy, along_dy);
    const bn::Moments<D> moments =
        p.training ? bn::moments(x) : bn::Moments<D>{constant(p.running.mean), constant(p.running.variance)};
    const bn::Normalizer<D> n = bn::normalizer(moments, constant(p.eps));
    const D gamma(p.gamma, along_gamma);
    const std::vector<D> xhat = bn::normalized(x, n);
    const bn::Gradients<D> g =
        p.training ? bn::closed_form_backward(dy, xhat, gamma, n.r) : bn::inference_backward(dy, xhat, gamma, n.r);
    D L = constant(p.seeds.ddgamma) * g.dgamma + constant(p.seeds.ddbeta) * g.dbeta;
    for (std::size_t i = 0; i < x.size(); ++i) L = L + constant(p.seeds.ddx[i]) * g.dx[i];
    return L.slope;
}

/// Calls compare(formula, derivative) for every coordinate.
template <class T, class Compare>
void each_coordinate(const Point<T>& p, const Compare& compare) {
    const bn::SecondGradients<T> got = by_formula(p);
    const std::vector<T> zeros(p.x.size(), T(0));
    for (std::size_t i = 0; i < p.x.size(); ++i) {
        std::vector<T> unit = zeros;
        unit[i] = T(1);
        compare(got.gdy[i], slope(p, unit, zeros, T(0)));
        compare(got.gx[i], slope(p, zeros, unit, T(0)));
    }
    compare(got.ggamma, slope(p, zeros, zeros, T(1)));
}

}  // namespace

TEST_CASE("the double backward is the derivative of the first, to 60 digits") {
    using R = bn::Real256;
    const RandomStream stream("test", "double_backward", "real", 1);
    std::uint64_t next = 0;
    for (const std::size_t m : {1, 2, 3, 5, 8})
        for (const double eps : {0.0, 1e-5, 2.0})
            for (const double mean : {0.0, 1e6})
                for (const bool training : {true, false}) {
                    if (m == 1 && eps == 0 && training) continue;  // no derivative
                    const auto draws = [&](double offset) {
                        std::vector<R> values;
                        for (std::size_t i = 0; i < m; ++i) values.emplace_back(offset + stream.normal(next++));
                        return values;
                    };
                    const auto draw = [&] { return R(stream.normal(next++)); };
                    const Point<R> p{draws(mean), draws(0),           draw(), R(eps), {draws(0), draw(), draw()},
                                     training,    {R(mean), R(0.875)}};
                    const R r = normalizer(p).r;
                    // Sizes of what is added up: at mean/stddev 1e6 ten digits of x - mu are lost, in both ways.
                    const R scale = (1 + abs(p.gamma)) * (1 + r) * (1 + r) * (1 + r) * 1e6;
                    each_coordinate(p, [&](const R& formula, const R& derivative) {
                        INFO("m " << m << " eps " << eps << " mean " << mean);
                        CHECK(abs(formula - derivative) <= scale * R("1e-67"));
                        CHECK(abs(formula - derivative) <= abs(derivative) * R("1e-60") + scale * R("1e-70"));
                    });
                }
}
