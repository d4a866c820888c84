#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "bncheck/core/dtype.hpp"
#include "bncheck/core/random.hpp"

using namespace bncheck;

TEST_CASE("rounding to 16 bits is to nearest, ties to even, and every pattern survives a round trip") {
    for (const Dtype dtype : {Dtype::float16, Dtype::bfloat16}) {
        for (unsigned bits = 0; bits < 0x10000; ++bits) {
            const std::uint16_t pattern = static_cast<std::uint16_t>(bits);
            std::byte raw[2], back[2];
            std::memcpy(raw, &pattern, 2);
            const double value = load(dtype, raw);
            if (std::isnan(value)) continue;
            store(dtype, back, value);
            REQUIRE(std::memcmp(raw, back, 2) == 0);
        }
    }
    const Format half = format_of(Dtype::float16);
    CHECK(half.round(1 + 0x1p-11) == 1);  // the tie goes to even
    CHECK(half.round(1 + 3 * 0x1p-11) == 1 + 0x1p-9);
    CHECK(half.round(65520) == INFINITY);
    CHECK(half.round(65519.9) == 65504);
    CHECK(half.round(0x1p-25) == 0);
    CHECK(half.round(0x1.8p-25) == 0x1p-24);
}

TEST_CASE("the ulp is Muller's, and ulp(0) the smallest subnormal") {
    const Format single = format_of(Dtype::float32);
    CHECK(single.ulp(1) == 0x1p-23);
    CHECK(single.ulp(0.999) == 0x1p-24);
    CHECK(single.ulp(0) == 0x1p-149);
    CHECK(single.ulp(0x1p-140) == 0x1p-149);
    CHECK(std::isnan(single.ulp(INFINITY)));
}

TEST_CASE("normal quantiles are those of tables") {
    // Quantiles to ten digits from standard tables; the approximation's relative error is below 1.2e-9.
    CHECK(normal_quantile(0.975) == Approx(1.9599639845).epsilon(2e-9));
    CHECK(normal_quantile(0.001) == Approx(-3.0902323062).epsilon(2e-9));
    CHECK(normal_quantile(0.999999) == Approx(4.7534243088).epsilon(2e-9));
    CHECK(normal_quantile(0.5) == 0);
}

TEST_CASE("a random value depends on its stream and index alone") {
    const RandomStream a("suite", "case", "x", 7), b("suite", "case", "x", 8), c("suitec", "ase", "x", 7);
    CHECK(a.bits(5) == RandomStream("suite", "case", "x", 7).bits(5));
    CHECK(a.bits(5) != b.bits(5));
    CHECK(a.bits(5) != c.bits(5));
    double sum = 0, squares = 0;
    const int n = 100000;
    for (int i = 0; i < n; ++i) {
        const double z = a.normal(static_cast<std::uint64_t>(i));
        sum += z;
        squares += z * z;
    }
    CHECK(std::fabs(sum / n) < 5 / std::sqrt(n));  // five standard errors
    CHECK(std::fabs(squares / n - 1) < 5 * std::sqrt(2.0 / n));
}

TEST_CASE("many normals at once are those of their indices, in float those of their words") {
    const RandomStream stream("suite", "case", "x", 7);
    std::vector<double> many(1001);
    stream.normals(10, 3, many);
    for (std::size_t i = 0; i < many.size(); ++i) REQUIRE(many[i] == stream.normal(10 + i, 3));
    std::vector<float> narrow(70001), part(513);
    stream.normals(0, 3, narrow);
    stream.normals(4 * 700, 3, part);
    for (std::size_t i = 0; i < part.size(); ++i) REQUIRE(part[i] == narrow[4 * 700 + i]);
    double sum = 0, squares = 0, fourth = 0;
    for (std::size_t i = 0; i < narrow.size(); ++i) {
        // Index i is word i mod 4 of block i / 4: halves of bits(2 (i / 4)) and bits(2 (i / 4) + 1).
        const std::uint64_t pair = stream.bits(2 * (i / 4) + i % 4 / 2, 3);
        const auto word = static_cast<std::uint32_t>(pair >> (32 * (i % 2)));
        const double quantile = normal_quantile((word / 2 + 0.5) * 0x1p-32), due = word & 1 ? -quantile : quantile;
        // Seven digits, and some thirty float operations on positive terms; p rounds by 2^-24, which moves the quantile by
        // 2^-24 p / density < 2^-23, as q = p - 1/2 does by its own rounding.
        REQUIRE(std::fabs(narrow[i] - due) <= 0x1p-22 + (1e-7 + 30 * 0x1p-24) * std::fabs(due));
        const double z = narrow[i];
        sum += z;
        squares += z * z;
        fourth += z * z * z * z;
    }
    const double n = static_cast<double>(narrow.size());
    CHECK(std::fabs(sum / n) < 5 / std::sqrt(n));  // five standard errors
    CHECK(std::fabs(squares / n - 1) < 5 * std::sqrt(2 / n));
    CHECK(std::fabs(fourth / n - 3) < 5 * std::sqrt(96 / n));
}
