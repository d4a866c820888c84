#include "bncheck/oracle/second_order.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "bncheck/bn/double_backward.hpp"
#include "bncheck/bn/real.hpp"
#include "bncheck/core/random.hpp"
#include "support/second_order_alarm.hpp"

using namespace bncheck;
using oracle::LevelName;

namespace {

using R = bn::Real512;

bn::SecondGradients<R> gradients_in_512_bits(const test::SecondChannel& c) {
    const auto reals = [](const std::vector<double>& values) { return std::vector<R>(values.begin(), values.end()); };
    const std::vector<R> x = reals(c.first.x[0]), dy = reals(*c.first.dy);
    const bn::Moments<R> moments =
        c.first.training ? bn::moments(x) : bn::Moments<R>{R(c.first.running_mean), R(c.first.running_var)};
    const bn::Normalizer<R> n = bn::normalizer(moments, R(c.first.eps));
    const std::vector<R> xhat = bn::normalized(x, n);
    const bn::SecondSeeds<R> seeds{reals(c.ddx), R(c.ddgamma), R(c.ddbeta)};
    return c.first.training ? bn::double_backward(seeds, dy, xhat, R(c.first.gamma), n.r)
                            : bn::inference_double_backward(seeds, dy, xhat, R(c.first.gamma), n.r);
}

bool contains(const oracle::Enclosure& e, const R& truth) {
    if (!std::isfinite(e.hi)) return true;
    return abs(truth - e.hi - e.lo) <= R(e.radius);
}

/// A kernel in double with one thing wrong.
enum class Wrong { nothing, no_product_in_B, off_by_1e_5, no_eps, no_ddgamma_in_gx };

test::SecondOutput run_wrong(const test::SecondChannel& c, Wrong wrong) {
    const std::vector<double>&x = c.first.x[0], &dy = *c.first.dy;
    const double m = static_cast<double>(x.size());
    const bn::Normalizer<double> n = bn::normalizer(bn::moments(x), wrong == Wrong::no_eps ? 0 : c.first.eps);
    const std::vector<double> xhat = bn::normalized(x, n);
    bn::SecondGradients<double> g = bn::double_backward<double>(
        {c.ddx, wrong == Wrong::no_ddgamma_in_gx ? 0 : c.ddgamma, c.ddbeta}, dy, xhat, c.first.gamma, n.r);
    if (wrong == Wrong::no_product_in_B) {
        const double missing = bn::sum_of_products(c.ddx, xhat) / m * bn::sum_of_products(dy, xhat) / m;
        for (std::size_t i = 0; i < x.size(); ++i) g.gx[i] -= c.first.gamma * n.r * n.r * xhat[i] * missing;
        g.ggamma += m * n.r * missing;
    }
    if (wrong == Wrong::off_by_1e_5)
        for (double& value : g.gx) value *= 1 + 1e-5;
    return {g.gdy, g.gx, g.ggamma};
}

/// The largest ratio of gx to the bound of `updating`, which every stable algorithm keeps.
double worst_gx(const test::SecondChannel& c, Wrong wrong) {
    test::SecondOrderJudge judge(c);
    const test::SecondOutput out = run_wrong(c, wrong);
    double worst = 0;
    for (std::size_t i = 0; i < out.gx.size(); ++i)
        worst = std::max(worst, judge.ratio("gx", i, format_of(c.dtype).round(out.gx[i]), AccuracyClass::updating));
    return worst;
}

test::SecondChannel ordinary(Dtype dtype, std::size_t m, std::uint64_t seed) {
    test::SecondChannel c = test::second_channel(seed, dtype);
    const RandomStream stream("test", "second", "ordinary", seed);
    const Format format = format_of(dtype);
    const auto fill = [&](std::vector<double>& z, std::uint64_t row) {
        z.resize(m);
        for (std::size_t i = 0; i < m; ++i) z[i] = format.round(stream.normal(row * 100 + i) + 0.5 * static_cast<double>(row));
    };
    fill(c.first.x[0], 0);
    fill(*c.first.dy, 1);
    fill(c.ddx, 2);
    c.first.training = true;
    c.first.eps = 1e-3;
    c.first.gamma = 1.25;
    c.ddgamma = 0.75;
    return c;
}

}  // namespace

TEST_CASE("the enclosures of the double backward contain its truth in 512 bits, at both levels") {
    std::size_t double_doubles = 0;
    for (const Dtype dtype : {Dtype::float32, Dtype::float64, Dtype::bfloat16})
        for (std::uint64_t seed = 0; seed < 400; ++seed) {
            const test::SecondChannel c = test::second_channel(seed, dtype);
            const oracle::SecondOrderView view = c.view();
            const oracle::SecondOrderFacts facts = oracle::second_order_facts(view, dtype);
            if (!(facts.dy.q > 0)) continue;  // all values the same, and no eps
            const bn::SecondGradients<R> want = gradients_in_512_bits(c);
            oracle::SecondOrderTruth truth(view, facts);
            double_doubles += truth.first() == LevelName::double_double;
            for (const LevelName level : {truth.first(), LevelName::mpfr}) {
                INFO(name_of(dtype) << " seed " << seed << " level " << oracle::name_of(level));
                for (std::size_t i = 0; i < c.ddx.size(); ++i) {
                    CHECK(contains(truth.at("gdy", i, level), want.gdy[i]));
                    CHECK(contains(truth.at("gx", i, level), want.gx[i]));
                    // Narrow enough to decide: far below what float64 resolves of the largest element.
                    CHECK(truth.at("gx", i, level).radius <
                          1e-6 * (1 + static_cast<double>(abs(want.gx[i]))) * (1 + facts.r * facts.r) * (1 + facts.r));
                }
                CHECK(contains(truth.at("ggamma", 0, level), want.ggamma));
            }
        }
    CHECK(double_doubles > 1000);
}

TEST_CASE("data that are not finite have MPFR's values") {
    test::SecondChannel c = ordinary(Dtype::float32, 4, 1);
    c.ddx[1] = std::nan("");
    const oracle::SecondOrderView view = c.view();
    const oracle::SecondOrderFacts facts = oracle::second_order_facts(view, c.dtype);
    oracle::SecondOrderTruth truth(view, facts);
    CHECK(truth.first() == LevelName::mpfr);
    CHECK(std::isnan(truth.at("gdy", 0, LevelName::float64).hi));
    CHECK(std::isnan(truth.at("gx", 0, LevelName::float64).hi));
    CHECK(std::isnan(truth.at("ggamma", 0, LevelName::float64).hi));
}

TEST_CASE("no right double backward leaves its class: ten ways to sum, six arrangements") {
    for (const auto& [dtype, count] : {std::pair{Dtype::float32, 600}, {Dtype::float64, 300}, {Dtype::bfloat16, 200}}) {
        const test::AlarmReport report = test::judge_right_double_backwards(dtype, 1000000, static_cast<std::size_t>(count));
        CHECK(report.alarms == std::vector<std::string>{});
    }
}

TEST_CASE("a double backward that is wrong by little leaves every stable class, at few values a channel") {
    for (const std::size_t m : {3, 4, 5, 8})
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            INFO("m " << m << " seed " << seed);
            const test::SecondChannel wide = ordinary(Dtype::float64, m, seed), narrow = ordinary(Dtype::float32, m, seed);
            CHECK(worst_gx(wide, Wrong::nothing) < 1);
            CHECK(worst_gx(wide, Wrong::off_by_1e_5) > 1000);
            for (const Wrong wrong : {Wrong::no_product_in_B, Wrong::no_eps, Wrong::no_ddgamma_in_gx}) {
                CHECK(worst_gx(wide, wrong) > 1000);
                CHECK(worst_gx(narrow, wrong) > 1);
            }
        }
}
