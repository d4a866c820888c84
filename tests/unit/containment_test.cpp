#include "support/containment.hpp"

#include <catch2/catch.hpp>
#include <iostream>

#include "bncheck/core/random.hpp"

using namespace bncheck;
using oracle::LevelName;

namespace {

constexpr LevelName all_levels[] = {LevelName::float64, LevelName::double_double, LevelName::mpfr};

Dtype dtype_of(std::uint64_t seed) {
    static constexpr Dtype dtypes[] = {Dtype::float32, Dtype::float64, Dtype::float32, Dtype::float16, Dtype::bfloat16};
    return dtypes[seed % 5];
}

}  // namespace

TEST_CASE("every level's enclosures contain the 512-bit truth, on every SIMD target") {
    std::size_t applied[oracle::levels] = {};
    for (std::uint64_t seed = 0; seed < 3000; ++seed) {
        const test::TypedChannel channel = test::random_channel(seed, dtype_of(seed));
        const oracle::Truth truth = oracle::truth_mpfr512(channel.channel);
        for (const std::string& target : test::simd_targets()) {
            test::use_simd_target(target);
            for (LevelName level : all_levels) {
                const test::Outside found = test::outside(channel, truth, level);
                applied[static_cast<std::size_t>(level)] += found.applies;
                INFO("seed " << seed << " level " << name_of(level) << " target " << target);
                CHECK(found.values == std::vector<std::string>{});
            }
        }
        test::use_simd_target("");
    }
    for (std::size_t count : applied) CHECK(count > 1000);  // no level is idle
}

namespace {

/// Where the witnesses come from. All are of one channel and one step.
enum class Family {
    random,    ///< test::random_channel with so many values
    lost,      ///< what is lost between the lanes of the double level's sums is all that there is
    before,    ///< the same in a step before the last, which is all zeros
    square,    ///< +-a: every addition to the sum of squares may round the same way
    swamped,   ///< one large value a lane, and squares that are lost beside its square, every one
    outliers,  ///< dy x of two outliers cancel in c, and a third has a large xhat
    far,       ///< mean/stddev 1e8, dy = x - mean
};

test::TypedChannel witness(Family family, Dtype dtype, std::uint64_t seed, std::size_t m) {
    if (family == Family::random) return test::random_channel(seed, dtype, m);
    const RandomStream draw("test", "witness", "x", seed), draw_dy("test", "witness", "dy", seed);
    const Format format = format_of(dtype);
    oracle::Channel c;
    c.x.assign(1, std::vector<double>(m, 0));
    c.dy.emplace(m, 0);
    c.gamma = 1.25;
    c.running = true;
    c.running_var = 1;
    c.weights = {1};
    std::vector<double>&x = c.x[0], &dy = *c.dy;
    switch (family) {
        case Family::lost:
        case Family::before:
            x[0] = 0x1p70;
            x[16] = 1;
            x[32] = 0x1p-60;
            x[48] = -0x1p70;
            x[1] = -1;
            dy[5] = 1;  // where x is 0, which is the mean but for the loss
            if (family == Family::lost) break;
            c.x.emplace_back(m, 0);
            c.eps = 1;
            c.weights = {0.5, 0.5};
            break;
        case Family::square: {
            const double a = format.round(1 + draw.uniform(0));
            for (std::size_t i = 0; i < m; ++i) x[i] = i % 32 < 16 ? a : -a;
            dy[3] = 1;
            c.weights = {0.5};
            c.running_var = 0;
            break;
        }
        case Family::swamped: {
            const double a = format.round(1 + draw.uniform(0)), lost = 0x1.4p-55 * a;
            for (std::size_t i = 0; i < m; ++i) x[i] = (i % 32 < 16 ? 1 : -1) * (i < 32 ? a : lost);
            dy[3] = 1;
            break;
        }
        case Family::outliers:
            for (std::size_t i = 0; i < m; ++i) {
                x[i] = format.round(1e-3 * draw.normal(i));
                dy[i] = format.round(1e-3 * draw_dy.normal(i));
            }
            x[0] = x[2] = format.round(1000.3);
            x[1] = format.round(-1000.3);
            dy[0] = dy[1] = format.round(1000.7);
            dy[2] = 0;
            break;
        default:
            for (std::size_t i = 0; i < m; ++i) {
                x[i] = format.round(1e8 + draw.normal(i));
                dy[i] = x[i] - 1e8;
            }
    }
    return {dtype, c};
}

}  // namespace

TEST_CASE("search for witnesses", "[.search]") {
    const std::tuple<const char*, Family, std::size_t, std::uint64_t> families[] = {{"lost", Family::lost, 64, 1}, {"before", Family::before, 64, 1}, {"far", Family::far, 40, 1000}, {"square", Family::square, 60000, 5}, {"outliers", Family::outliers, 60000, 5}, {"swamped", Family::swamped, 60000, 5}};
    for (LevelName level : all_levels)
        for (std::size_t t = 1; t < oracle::term_count; ++t) {
            const auto term = static_cast<oracle::Term>(t);
            bool found = false;
            const auto try_it = [&](const char* family, Family f, Dtype dtype, std::uint64_t seed, std::size_t m) {
                const test::TypedChannel c = witness(f, dtype, seed, m);
                const oracle::Truth truth = oracle::truth_mpfr512(c.channel);
                REQUIRE(test::outside(c, truth, level).values.empty());
                const test::Outside outside = test::outside(c, truth, level, term);
                if (outside.values.empty()) return;
                found = true;
                std::cout << "{" << name_of(level) << ", " << t << ", " << family << ", " << name_of(dtype) << ", " << seed << ", " << m << "}  // " << outside.values[0] << std::endl;
            };
            if (level == LevelName::mpfr && t < 23) continue;
            if (getenv("ONLY") && (level != LevelName::double_double || (t != 6 && t != 9))) continue;
            if (level != LevelName::mpfr && t > 22) continue;
            for (std::uint64_t seed = 0; seed < 1400 && !found; ++seed) {
                const Dtype dtype = level != LevelName::float64 && seed % 2 ? Dtype::float64 : Dtype::float32;
                try_it("random", Family::random, dtype, seed, 2 + seed % 40);
            }
            for (const auto& [name, f, m, seeds] : families)
                for (std::uint64_t seed = 0; seed < seeds && !found; ++seed)
                    try_it(name, f, level == LevelName::float64 ? Dtype::float32 : Dtype::float64, seed, m);
            if (!found) std::cout << "none: " << name_of(level) << " " << t << std::endl;
        }
}
