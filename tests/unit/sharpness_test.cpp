#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "bncheck/core/random.hpp"
#include "bncheck/judge/bounds.hpp"
#include "bncheck/judge/verdict.hpp"
#include "bncheck/oracle/facts.hpp"
#include "bncheck/oracle/level.hpp"
#include "support/random_channel.hpp"
#include "support/right_kernel.hpp"

using namespace bncheck;

namespace {

constexpr double u = 0x1p-24;

/// float32, mean and standard deviation 1 as given; dy normal, correlated with x.
test::TypedChannel normal_channel(std::size_t m, double mean, std::uint64_t seed) {
    const RandomStream x("test", "sharpness", "x", seed), dy("test", "sharpness", "dy", seed);
    oracle::Channel c;
    c.x.assign(1, {});
    c.dy.emplace();
    for (std::size_t i = 0; i < m; ++i) {
        c.x[0].push_back(static_cast<float>(mean + x.normal(i)));
        c.dy->push_back(static_cast<float>(0.5 + x.normal(i) + dy.normal(i)));
    }
    c.eps = 1e-5;
    c.gamma = 1.25;
    return {Dtype::float32, c};
}

struct Judged {
    const test::TypedChannel& channel;
    oracle::ChannelView view = channel.view();
    oracle::ChannelFacts facts = oracle::facts_of(view, Dtype::float32);
    judge::ChannelBounds bounds{view, facts, Dtype::float32, false};
    std::unique_ptr<oracle::Level> level = oracle::make_double_double_level(view, facts);

    double xhat(std::size_t i) const { return std::fabs(level->xhat(i).hi); }
    /// |dy - mean dy - xhat c|
    double bracket(std::size_t i) const {
        return std::fabs(view.dy[i] - facts.dy.mean_dy - level->xhat(i).hi * facts.dy.products * facts.r);
    }
};

/// The largest term of each bound, written down here for itself: h is the height of the class's sums.
struct Leading {
    double eta, variance, dbeta, c, mean_dy;
};
Leading leading(AccuracyClass c, const Judged& j) {
    const double m = j.view.count(), h = c == AccuracyClass::pairwise ? std::ceil(std::log2(m)) : m - 1;
    const oracle::MomentFacts& f = j.facts.x.back();
    const double sigma = std::sqrt(f.v), R = f.max_deviation, mean_abs = f.mean_abs;
    Leading l{};
    switch (c) {
        case AccuracyClass::rounded:
        case AccuracyClass::wide:
            l = {u * std::fabs(f.hi), 5 * u * f.v, 0, 0, 0};
            break;
        case AccuracyClass::updating: {
            const double eta = m * u * std::min(f.max_abs, 3 * mean_abs);
            l = {eta, std::max(m * u * f.v, 2 * eta * sigma), 0, 0, 0};
            break;
        }
        case AccuracyClass::shifted:
            l = {m * u * (sigma + R), 3 * m * u * (f.v + R * R), 0, 0, 0};
            break;
        case AccuracyClass::textbook:
            l = {h * u * mean_abs, m * u * (f.mean_square + 2 * mean_abs * mean_abs), 0, 0, 0};
            break;
        default:
            l = {(h + 2) * u * mean_abs, std::max((h + 5) * u * f.v, std::pow(h * u * mean_abs, 2)), 0, 0, 0};
    }
    const bool wide = c <= AccuracyClass::wide;
    l.dbeta = wide ? u * std::fabs(f.m * j.facts.dy.mean_dy) : h * u * m * j.facts.dy.mean_abs_dy;
    // rho holds 4.01 u of a reciprocal square root and half of the variance's relative error.
    const double rho = 4.5 * u + 0.5 * l.variance / j.facts.q;
    const double products = ((wide ? 0 : h) + 7) * u + rho;
    // Where xhat is x r - mean r, it errs by 4 u |mean| r.
    const double by_mean =
        wide ? 0 : std::max(l.eta * std::fabs(j.facts.dy.mean_dy), 4 * u * std::fabs(f.hi) * j.facts.dy.mean_abs_dy);
    l.c = std::max(products * j.facts.dy.abs_products, by_mean) * j.facts.r;
    l.mean_dy = (wide ? 3 : h + 3) * u * j.facts.dy.mean_abs_dy;
    return l;
}

}  // namespace

TEST_CASE("four times the leading term of a class's bound is caught, at m = 8, 512 and 32768") {
    for (std::size_t k = 0; k < accuracy_classes; ++k)
        for (std::size_t m : {8, 512, 32768}) {
            const auto c = static_cast<AccuracyClass>(k);
            const bool one_pass = c >= AccuracyClass::updating;  // which guarantee nothing at m = 32768 beside a large mean
            for (std::uint64_t seed = 0; seed < 5; ++seed) {
                const test::TypedChannel channel = normal_channel(m, one_pass ? 1 : 100, seed);
                const Judged j{channel};
                // A class's bound is the maximum of its own and all tighter ones: so is the leading term.
                Leading most{};
                for (std::size_t tighter = 0; tighter <= k; ++tighter) {
                    const Leading l = leading(static_cast<AccuracyClass>(tighter), j);
                    most = {std::max(most.eta, l.eta), std::max(most.variance, l.variance), std::max(most.dbeta, l.dbeta),
                            std::max(most.c, l.c), std::max(most.mean_dy, l.mean_dy)};
                }
                INFO("class " << name_of(c) << " m " << m << " seed " << seed);
                CHECK(4 * most.eta > j.bounds.save_mean()[k]);
                CHECK(4 * most.variance > j.bounds.save_var()[k]);
                const double rho = std::max(0.5 * most.variance / j.facts.q, 4.01 * u);
                CHECK(4 * rho * j.facts.r > j.bounds.save_invstd()[k]);
                CHECK(4 * most.dbeta > j.bounds.dbeta()[k]);
                CHECK(4 * static_cast<double>(m) * most.c > j.bounds.dgamma()[k]);
                // y with a mean, or an inverse root, that is off so far, and dx with a c: some element must show it.
                bool y_caught = false, dx_caught = false;
                const double mean_part =
                    c <= AccuracyClass::wide ? 0 : std::max(most.eta, 4 * u * std::fabs(j.facts.hi)) * j.facts.r;
                const double true_c = std::fabs(j.facts.dy.products) * j.facts.r;
                for (std::size_t i = 0; i < m; ++i) {
                    const double xhat = j.xhat(i), y = std::fabs(j.level->y(i).hi);
                    const double planted = 4 * 1.25 * std::max(mean_part, rho * xhat);
                    y_caught = y_caught || planted > j.bounds.y(xhat, y)[k];
                    // Of the bracket the bound takes rho and ten roundings: twice rho and more.
                    const double bracket = std::max({most.c * xhat, true_c * mean_part, most.mean_dy, 2 * rho * j.bracket(i)});
                    dx_caught = dx_caught || 4 * 1.25 * j.facts.r * bracket > j.bounds.dx(xhat, j.bracket(i))[k];
                }
                CHECK(y_caught);
                CHECK(dx_caught);
            }
        }
}

namespace {

/// The tightest class that holds for y of 16 channels of one kernel.
template <class Y>
std::size_t class_of_y(std::size_t m, double mean, std::uint64_t seed, Y kernel) {
    std::size_t tightest = 0;
    for (std::uint64_t channel = 0; channel < 16; ++channel) {
        const test::TypedChannel c = normal_channel(m, mean, seed * 16 + channel);
        const Judged j{c};
        judge::TensorFindings findings;
        const std::vector<double> y = kernel(c.channel);
        for (std::size_t i = 0; i < m; ++i)
            findings.add({channel, i, y[i], j.level->y(i)}, j.bounds.y(j.xhat(i), std::fabs(j.level->y(i).hi)),
                         {AccuracyClass::textbook, 0, format_of(Dtype::float32)});
        tightest = std::max(tightest, findings.tightest);
    }
    return tightest;
}

}  // namespace

TEST_CASE("at mean/stddev 1e3 a textbook kernel is never called better, nor a float mean wide") {
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        const std::size_t m = seed < 200 ? 2 + seed % 63 : 2 + (seed * 7919) % (seed % 20 == 0 ? 4095 : 500);
        INFO("m " << m << " seed " << seed);
        const auto textbook = [](const oracle::Channel& c) {
            return test::run_kernel<float>({test::Sums::textbook}, {true, c.x[0], {}, c.eps, c.gamma, c.beta}).y[0];
        };
        CHECK(class_of_y(m, 1000, seed, textbook) >= static_cast<std::size_t>(AccuracyClass::textbook));
        // Sums in double, the mean rounded to float before it is subtracted.
        const auto float_mean = [](const oracle::Channel& c) {
            double total = 0, squares = 0;
            for (double value : c.x[0]) total += value;
            const double count = static_cast<double>(c.x[0].size()), exact = total / count;
            for (double value : c.x[0]) squares += (value - exact) * (value - exact);
            const float mean = static_cast<float>(exact), r = static_cast<float>(1 / std::sqrt(squares / count + c.eps));
            std::vector<double> y;
            for (double value : c.x[0])
                y.push_back((static_cast<float>(value) - mean) * r * static_cast<float>(c.gamma) + static_cast<float>(c.beta));
            return y;
        };
        CHECK(class_of_y(m, 1000, seed, float_mean) > static_cast<std::size_t>(AccuracyClass::wide));
    }
}
