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

/// Of training.
Comparison compared(const std::vector<double>& x, const std::vector<double>& dy, double gamma, double eps, Dtype working) {
    ChannelData channel;
    channel.x = x;
    channel.dy = dy;
    channel.gamma = gamma;
    channel.eps = eps;
    return compare(channel, working);
}

double dx_error(const Comparison& found, const std::string& arrangement) {
    for (const ArrangementErrors& one : found.working)
        if (one.name == arrangement) return one.errors.dx;
    throw std::runtime_error("there is no " + arrangement);
}

std::vector<double> affine(std::vector<double> values, double scale, double offset) {
    for (double& value : values) value = static_cast<float>(offset + scale * value);
    return values;
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
                        const Comparison found = compared(x, scattered(m, m), -0.75, eps, working);
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

TEST_CASE("in working precision both arrangements err, by little where the channel is well conditioned") {
    const std::vector<double> x = affine(scattered(500, 5), 1, 0.25), dy = affine(scattered(500, 6), 1, 0);
    const auto small = [](double error, double u) { return error > 0.01 * u && error < 500 * u; };
    const Comparison single = compared(x, dy, 1.25, 1e-5, Dtype::float32), twice = compared(x, dy, 1.25, 1e-5, Dtype::float64);
    REQUIRE((single.working.size() == 6 && twice.working.size() == 6));
    for (const ArrangementErrors& one : single.working) {
        INFO(one.name);
        CHECK(small(one.errors.dx, 0x1p-24));
        CHECK((one.errors.dgamma > 0 && one.errors.dgamma < 500 * 0x1p-24));
        CHECK((one.errors.dbeta > 0 && one.errors.dbeta < 500 * 0x1p-24));
    }
    for (const ArrangementErrors& one : twice.working) CHECK(small(one.errors.dx, 0x1p-53));

    // At mean/stddev 1e4 float32 loses the digits of the mean; the reference does not.
    const Comparison far = compared(affine(x, 1, 1e4), dy, 1.25, 1e-5, Dtype::float32);
    CHECK(dx_error(far, "closed form") > 10 * dx_error(single, "closed form"));
    CHECK(far.equal_in_reference);
}

TEST_CASE("a channel without a derivative is undefined, one without a gradient has no error") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    CHECK_FALSE(compared({3, 3, 3}, {1, 2, 3}, 1, 0, Dtype::float64).defined);
    CHECK_FALSE(compared({1, nan}, {1, 2}, 1, 1, Dtype::float64).defined);
    CHECK_FALSE(compared({1, 2}, {infinity, 2}, 1, 1, Dtype::float64).defined);
    CHECK_FALSE(compared({1, 2}, {1, 2}, nan, 1, Dtype::float64).defined);
    CHECK_FALSE(compared({1, 2}, {1, 2}, 1, nan, Dtype::float64).defined);
    CHECK_FALSE(compared({}, {}, 1, 1, Dtype::float64).defined);
    CHECK_THROWS_AS(compared({1, 2}, {1}, 1, 1, Dtype::float64), Error);
    for (const double gamma : {0.0, 1.0}) {
        const Comparison zero = compared({1, 2, 4}, {0, 0, 0}, gamma, 1e-5, Dtype::float32);
        CHECK((zero.defined && zero.equal_in_reference));
        CHECK((zero.reference.dx == 0 && dx_error(zero, "staged") == 0 && dx_error(zero, "pytorch") == 0));
    }
    // In float32 the variance overflows, r is 0 and dx is 0: wrong by its whole size. In 256 bits nothing overflows.
    const Comparison huge = compared({-1e30, 1e30, 3e30}, {1, 2, -1}, 1, 1e-5, Dtype::float32);
    CHECK((huge.defined && huge.equal_in_reference));
    CHECK(dx_error(huge, "closed form") > 0.1);
    // And where it underflows beside eps = 0, r is infinite.
    CHECK(std::isinf(dx_error(compared({0, 1e-30, 3e-30}, {1, 2, -1}, 1, 0, Dtype::float32), "closed form")));
}

TEST_CASE("in inference the two arrangements differ in the order of two products") {
    ChannelData channel;
    channel.x = scattered(20, 1);
    channel.dy = scattered(20, 2);
    channel.gamma = -0.75;
    channel.eps = 1e-5;
    channel.given = bn::Moments<double>{0.25, 1.5};
    const Comparison found = compare(channel, Dtype::float32);
    CHECK((found.defined && found.equal_in_reference));
    REQUIRE(found.working.size() == 2);
    // r and two products, and the data's own rounding to float32: less than ten roundings.
    for (const ArrangementErrors& one : found.working) CHECK(one.errors.dx < 10 * 0x1p-24);
}
