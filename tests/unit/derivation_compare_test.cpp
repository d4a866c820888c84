#include "bncheck/derivation/walk/compare.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>

#include "bncheck/bn/dual.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/derivation/numbers/bounded.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

namespace {

/// Pseudo-random in [-1, 1): a linear congruential generator (D. E. Knuth, MMIX).
std::vector<double> scattered(std::size_t size, std::uint64_t state) {
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values.push_back(std::ldexp(static_cast<double>(state >> 11), -52) - 1);
    }
    return values;
}

std::vector<double> affine(std::vector<double> values, double scale, double offset) {
    for (double& value : values) value = static_cast<float>(offset + scale * value);
    return values;
}

Comparison compare(std::vector<double> x, std::vector<double> dy, double gamma, double eps, Dtype working) {
    return compare(ChannelData{std::move(x), std::move(dy), gamma, 0, eps}, working);
}

GradientErrors errors_of(const Comparison& found, const std::string& name) {
    for (const ArrangementErrors& one : found.working)
        if (one.name == name) return one.errors;
    FAIL("there is no arrangement " << name);
    return {};
}

}  // namespace

TEST_CASE("bounded arithmetic contains the exact result") {
    using Narrow = Bounded<float>;
    using Exact = Bounded<long double>;
    const std::vector<double> a = scattered(2000, 1), b = scattered(2000, 2);
    const auto contained = [](const Narrow& narrow, const Exact& exact) {
        return std::fabs(static_cast<long double>(narrow.value) - exact.value) <=
               static_cast<long double>(narrow.error) + exact.error;
    };
    for (std::size_t i = 0; i < a.size(); ++i) {
        const float x = static_cast<float>(a[i]), y = static_cast<float>(b[i]);
        // Errors of earlier operations go into later ones; the difference of near squares cancels.
        const auto expressions = [](auto one, auto p, auto q) {
            const auto near = p + one / (one + one + one) * q, square = p * p;
            const auto cancelled = near * near - square;
            return std::vector<decltype(one)>{near, cancelled, cancelled / (q + one + one),
                                              inverse_sqrt(square + one / (one + one + one)),
                                              inverse_sqrt(square + q * q) * cancelled};
        };
        const std::vector<Narrow> narrow = expressions(Narrow(1), Narrow(x, 0), Narrow(y, 0));
        const std::vector<Exact> exact = expressions(Exact(1), Exact(x, 0), Exact(y, 0));
        for (std::size_t k = 0; k < narrow.size(); ++k) {
            INFO(k << ": " << x << ", " << y);
            REQUIRE(contained(narrow[k], exact[k]));
        }
    }
    CHECK(std::isinf((Narrow(1) / Narrow(0.5f, 0.5f)).error));
    CHECK(std::isinf(inverse_sqrt(Narrow(0.5f, 0.5f)).error));
}

TEST_CASE("dual numbers differentiate products, quotients and the root") {
    const bn::Dual<double> x(3, 1), five = bn::Dual<double>(5.0, 0.0);
    CHECK((x * x * x).slope == 27);
    CHECK((five / x).slope == Approx(-5.0 / 9).epsilon(1e-15));
    CHECK((five - x + x * five).slope == 4);
    CHECK(inverse_sqrt(bn::Dual<double>(4, 1)).slope == -1.0 / 16);
}

TEST_CASE("staged and closed form are equal in reference precision, however ill-conditioned the channel") {
    double largest_utilisation = 0;
    for (const std::size_t m : {1, 2, 3, 5, 8, 64, 1000})
        for (const double offset : {0.0, 1.0, 1e4, 1e8})
            for (const double scale : {1.0, 1e-3, 0.0})
                for (const double eps : {1e-5, 1e-12, 0.0})
                    for (const Dtype working : {Dtype::float32, Dtype::float64}) {
                        const std::vector<double> x = affine(scattered(m, 3), scale, offset);
                        const Comparison found = compare(x, scattered(m, m), -0.75, eps, working);
                        INFO(m << " values, offset " << offset << ", scale " << scale << ", eps " << eps);
                        const bool constant_channel = std::set<double>(x.begin(), x.end()).size() == 1;
                        REQUIRE(found.defined == (eps > 0 || !constant_channel));
                        if (!found.defined) continue;
                        CHECK(found.equal_in_reference);
                        CHECK(found.reference_bound < 1e-60);  // not vacuous: 2^-256 * 1e8 * m is below it
                        largest_utilisation = std::max(largest_utilisation, found.reference.dx / found.reference_bound);
                    }
    CHECK(largest_utilisation > 0);
    CHECK(largest_utilisation < 1);
}

TEST_CASE("in working precision every arrangement errs, by little where the channel is well conditioned") {
    const std::vector<double> x = affine(scattered(500, 5), 1, 0.25), dy = affine(scattered(500, 6), 1, 0);
    // Sums of 500 terms, |dy| <= 1 and |xhat| <= 2 round by at most 500 u of the sum of their magnitudes; much less than u
    // would be an error that is not looked for.
    const auto small = [](double error, double u) { return error > 0.01 * u && error < 500 * u; };
    const Comparison single = compare(x, dy, 1.25, 1e-5, Dtype::float32), twice = compare(x, dy, 1.25, 1e-5, Dtype::float64);
    std::vector<std::string> names;
    for (const ArrangementErrors& one : single.working) names.push_back(one.name);
    CHECK(names == std::vector<std::string>{"staged", "closed form", "paper", "pytorch", "onednn", "tensorflow"});
    for (const std::string& name : names) {
        INFO(name);
        CHECK(small(errors_of(single, name).dx, 0x1p-24));
        CHECK(small(errors_of(twice, name).dx, 0x1p-53));
        CHECK((errors_of(single, name).dgamma > 0 && errors_of(single, name).dgamma < 500 * 0x1p-24));
        CHECK((errors_of(single, name).dbeta > 0 && errors_of(single, name).dbeta < 500 * 0x1p-24));
    }

    // At mean/stddev 1e4 float32 loses the digits of the mean, for every arrangement; the reference does not.
    const Comparison far = compare(affine(x, 1, 1e4), dy, 1.25, 1e-5, Dtype::float32);
    for (const std::string& name : names) CHECK(errors_of(far, name).dx > 10 * errors_of(single, name).dx);
    CHECK(far.equal_in_reference);
}

TEST_CASE("where float32 is exact, so is every arrangement") {
    // mu = 2, v = 1, r = 1, all sums are whole and divisible by 4.
    const Comparison found = compare({1, 3, 1, 3}, {1, 2, 3, 4}, 2, 0, Dtype::float32);
    REQUIRE(found.working.size() == 6);
    for (const ArrangementErrors& one : found.working) CHECK((one.errors.dx == 0 && one.errors.dgamma == 0));
}

TEST_CASE("in inference staged and closed form are two orders of two products") {
    for (const double variance : {1e-12, 1.0, 1e12})
        for (const Dtype working : {Dtype::float32, Dtype::float64}) {
            ChannelData channel{scattered(64, 1), scattered(64, 2), -0.75, 0, 1e-5, bn::Moments<double>{100, variance}};
            const Comparison found = compare(channel, working);
            REQUIRE(found.defined);
            CHECK(found.equal_in_reference);
            CHECK(found.reference_bound < 1e-75);
            CHECK(found.working.size() == 2);
            // Rounding eps, q, the root, its inverse and two products: eps and q move r by half their error, so 1 + 1/2 + 2 + 2
            // units roundoff.
            const double u = working == Dtype::float64 ? 0x1p-53 : 0x1p-24;
            for (const ArrangementErrors& one : found.working) CHECK(one.errors.dx <= 6 * u);
            channel.given->variance = -1;
            CHECK_FALSE(compare(channel, working).defined);
        }
}

TEST_CASE("a channel without a derivative is undefined, one without a gradient has no error") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    CHECK_FALSE(compare({3, 3, 3}, {1, 2, 3}, 1, 0, Dtype::float64).defined);
    CHECK_FALSE(compare({1, nan}, {1, 2}, 1, 1, Dtype::float64).defined);
    CHECK_FALSE(compare({1, 2}, {infinity, 2}, 1, 1, Dtype::float64).defined);
    CHECK_FALSE(compare({1, 2}, {1, 2}, nan, 1, Dtype::float64).defined);
    CHECK_FALSE(compare({1, 2}, {1, 2}, 1, nan, Dtype::float64).defined);
    CHECK_FALSE(compare({}, {}, 1, 1, Dtype::float64).defined);
    CHECK_THROWS_AS(compare({1, 2}, {1}, 1, 1, Dtype::float64), Error);
    for (const double gamma : {0.0, 1.0}) {
        const Comparison zero = compare({1, 2, 4}, {0, 0, 0}, gamma, 1e-5, Dtype::float32);
        CHECK((zero.defined && zero.equal_in_reference));
        CHECK(zero.reference.dx == 0);
        for (const ArrangementErrors& one : zero.working) CHECK(one.errors.dx == 0);
    }
    // In float32 the variance overflows, r is 0 and dx is 0: wrong by its whole size. In 256 bits nothing overflows.
    const Comparison huge = compare({-1e30, 1e30, 3e30}, {1, 2, -1}, 1, 1e-5, Dtype::float32);
    CHECK((huge.defined && huge.equal_in_reference));
    CHECK(errors_of(huge, "closed form").dx > 0.1);
    // And where it underflows beside eps = 0, r is infinite.
    for (const ArrangementErrors& one : compare({0, 1e-30, 3e-30}, {1, 2, -1}, 1, 0, Dtype::float32).working)
        CHECK(std::isinf(one.errors.dx));
}
