#include "support/containment.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

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

namespace {

using oracle::Term;

struct Witness {
    LevelName level;
    Term term;
    Family family;
    Dtype dtype;
    std::uint64_t seed;
    std::size_t m;
};

constexpr LevelName L0 = LevelName::float64, L1 = LevelName::double_double, L2 = LevelName::mpfr;
constexpr Dtype f32 = Dtype::float32, f64 = Dtype::float64;

/// Found by trying seeds. The double level has no term dx_mean (radius.cpp).
constexpr Witness witnesses[] = {
    {L0, Term::mean_sum, Family::random, f32, 3, 5},
    {L0, Term::variance_sum, Family::random, f32, 3, 5},
    {L0, Term::r_variance, Family::square, f32, 1, 60000},
    {L0, Term::r_rounding, Family::random, f32, 0, 2},
    {L0, Term::xhat_mean, Family::lost, f32, 0, 64},
    {L0, Term::xhat_variance, Family::square, f32, 1, 60000},
    {L0, Term::xhat_rounding, Family::random, f32, 0, 2},
    {L0, Term::y_mean, Family::lost, f32, 0, 64},
    {L0, Term::y_variance, Family::square, f32, 1, 60000},
    {L0, Term::y_product, Family::random, f32, 1, 3},
    {L0, Term::y_sum, Family::random, f32, 0, 2},
    {L0, Term::running_old, Family::before, f32, 0, 64},
    {L0, Term::running_new, Family::lost, f32, 0, 64},
    {L0, Term::running_rounding, Family::random, f32, 0, 2},
    {L0, Term::dbeta_sum, Family::random, f32, 20, 22},
    {L0, Term::dgamma_sum, Family::random, f32, 1, 3},
    {L0, Term::dgamma_mean, Family::lost, f32, 0, 64},
    {L0, Term::dx_mean_dy, Family::random, f32, 35, 37},
    {L0, Term::dx_c, Family::outliers, f32, 0, 60000},
    {L0, Term::dx_variance, Family::square, f32, 1, 60000},
    {L0, Term::dx_rounding, Family::random, f32, 1, 3},
    {L1, Term::mean_sum, Family::random, f64, 3, 5},
    {L1, Term::variance_sum, Family::random, f64, 1, 3},
    {L1, Term::r_variance, Family::square, f64, 0, 60000},
    {L1, Term::r_rounding, Family::random, f32, 0, 2},
    {L1, Term::xhat_mean, Family::random, f64, 3, 5},
    {L1, Term::xhat_variance, Family::swamped, f64, 0, 60000},
    {L1, Term::xhat_rounding, Family::random, f64, 7, 9},
    {L1, Term::y_mean, Family::random, f64, 3, 5},
    {L1, Term::y_variance, Family::swamped, f64, 0, 60000},
    {L1, Term::y_product, Family::random, f32, 708, 30},
    {L1, Term::y_sum, Family::random, f32, 0, 2},
    {L1, Term::running_old, Family::before, f64, 0, 64},
    {L1, Term::running_new, Family::lost, f64, 0, 64},
    {L1, Term::running_rounding, Family::random, f32, 0, 2},
    {L1, Term::dbeta_sum, Family::random, f64, 1305, 27},
    {L1, Term::dgamma_sum, Family::random, f64, 7, 9},
    {L1, Term::dgamma_mean, Family::random, f64, 3, 5},
    {L1, Term::dx_mean_dy, Family::random, f64, 49, 11},
    {L1, Term::dx_c, Family::random, f32, 276, 38},
    {L1, Term::dx_mean, Family::far, f64, 39, 40},
    {L1, Term::dx_variance, Family::square, f64, 0, 60000},
    {L1, Term::dx_rounding, Family::random, f64, 7, 9},
    {L2, Term::arithmetic, Family::random, f32, 12, 14},
    {L2, Term::stored_rounding, Family::random, f32, 0, 2},
};

}  // namespace

TEST_CASE("without any one term of a radius, a stored channel lies outside its enclosure") {
    for (const Witness& w : witnesses) {
        const test::TypedChannel channel = witness(w.family, w.dtype, w.seed, w.m);
        const oracle::Truth truth = oracle::truth_mpfr512(channel.channel);
        INFO("level " << name_of(w.level) << " term " << static_cast<int>(w.term));
        CHECK(test::outside(channel, truth, w.level).values.empty());
        CHECK_FALSE(test::outside(channel, truth, w.level, w.term).values.empty());
    }
    // Every term of every level has its witness.
    for (std::size_t t = 1; t < oracle::term_count; ++t) {
        const auto term = static_cast<Term>(t);
        const bool of_mpfr = term == Term::arithmetic || term == Term::stored_rounding;
        for (LevelName level : all_levels) {
            if ((level == L2) != of_mpfr || (level == L0 && term == Term::dx_mean)) continue;
            const auto is_it = [&](const Witness& w) { return w.level == level && w.term == term; };
            CHECK(std::any_of(std::begin(witnesses), std::end(witnesses), is_it));
        }
    }
}
