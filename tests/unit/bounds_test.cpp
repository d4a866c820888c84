#include "bncheck/judge/bounds.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "bncheck/core/random.hpp"
#include "bncheck/oracle/facts.hpp"

using namespace bncheck;

TEST_CASE("a 16-bit y or dx may be rounded, not cut off, in every class of a stable algorithm") {
    const RandomStream stream("test", "bounds", "x", 3);
    for (const Dtype dtype : {Dtype::float16, Dtype::bfloat16}) {
        const Format format = format_of(dtype);
        oracle::Channel c;
        c.x.emplace_back();
        c.dy.emplace();
        for (std::size_t i = 0; i < 12; ++i) {
            c.x[0].push_back(format.round(stream.normal(i)));
            c.dy->push_back(format.round(stream.normal(i + 100)));
        }
        c.eps = 1e-5;
        c.gamma = 1.25;
        c.beta = 0.5;
        const oracle::ChannelView view = c.view();
        const oracle::ChannelFacts facts = oracle::facts_of(view, dtype);
        const judge::ChannelBounds bounds(view, facts, dtype, false);
        const double u = format.unit_roundoff(), scale = std::fabs(c.gamma) * facts.r;
        for (std::size_t k = 0; k <= static_cast<std::size_t>(AccuracyClass::updating); ++k) {
            INFO(name_of(dtype) << " " << name_of(static_cast<AccuracyClass>(k)));
            // y = 1 + 1.9 u cut off to 1 errs by 1.9 u; |y| = 1 and |xhat| = 1 stand for a common element.
            CHECK(bounds.y(1, 1)[k] > u);
            CHECK(bounds.y(1, 1)[k] < 1.2 * u);
            CHECK(bounds.dx(1, 1)[k] > u * scale);
            CHECK(bounds.dx(1, 1)[k] < 1.2 * u * scale);
        }
    }
}
