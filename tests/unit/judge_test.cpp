#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "bncheck/core/random.hpp"
#include "bncheck/judge/verdict.hpp"
#include "bncheck/oracle/facts.hpp"
#include "bncheck/oracle/reference.hpp"

using namespace bncheck;

namespace {

/// A channel of float32 values, mean/stddev as given.
oracle::Channel channel_of(std::size_t m, double mean, std::uint64_t seed, double eps = 1e-5) {
    const RandomStream x("test", "judge", "x", seed), dy("test", "judge", "dy", seed);
    oracle::Channel c;
    c.x.emplace_back();
    c.dy.emplace();
    for (std::size_t i = 0; i < m; ++i) {
        c.x[0].push_back(static_cast<float>(mean + x.normal(i)));
        c.dy->push_back(static_cast<float>(dy.normal(i)));
    }
    c.eps = eps;
    c.gamma = 1.25;
    c.beta = -0.5;
    return c;
}

/// A channel's truth, and its bounds by the facts that the oracle gathers.
struct Judged {
    oracle::Channel channel;
    oracle::ChannelView view = channel.view();
    oracle::ChannelFacts facts = oracle::facts_of(view, Dtype::float32);
    oracle::Truth truth = oracle::truth_mpfr256(channel);
    judge::ChannelBounds bounds{view, facts, Dtype::float32, false};

    explicit Judged(const oracle::Channel& c) : channel(c) {}
    judge::ChannelBounds::PerClass bound(const std::string& tensor, std::size_t i) const {
        const double xhat = std::fabs(truth.xhat[i].hi);
        if (tensor == "y") return bounds.y(xhat, std::fabs(truth.y[i].hi));
        return bounds.dx(xhat, std::fabs(truth.dx[i].hi / (channel.gamma * truth.r.hi)));
    }
};

}  // namespace

TEST_CASE("the bounds of the classes are nested") {
    const Judged judged(channel_of(37, 100, 5));
    const judge::ChannelBounds& bounds = judged.bounds;
    for (const auto& b : {judged.bound("y", 3), judged.bound("dx", 3), bounds.save_mean(), bounds.save_invstd(),
                          bounds.save_var(), bounds.dgamma(), bounds.dbeta()})
        for (std::size_t k = 1; k < b.size(); ++k) CHECK(b[k - 1] <= b[k]);
}

TEST_CASE("an error just above the bound fails and just below passes") {
    const Judged judged(channel_of(8, 0, 9));
    const auto bound = judged.bound("y", 0);
    const oracle::Enclosure& truth = judged.truth.y[0];
    const std::size_t required = static_cast<std::size_t>(AccuracyClass::updating);
    for (const auto& [factor, failed] : {std::pair{0.999, 0u}, std::pair{1.001, 1u}}) {
        judge::TensorFindings f;
        f.add({0, 0, truth.hi + factor * bound[required], truth}, bound,
              {AccuracyClass::updating, 0, format_of(Dtype::float32)});
        CHECK(f.failed == failed);
    }
}

TEST_CASE("NaN and infinities compare as values") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    judge::ChannelBounds::PerClass bound;
    bound.fill(0.01);
    judge::ChannelBounds::PerClass open;
    open.fill(infinity);
    const auto verdict = [&](double got, double want, const judge::ChannelBounds::PerClass& b) {
        judge::TensorFindings f;
        f.add({0, 0, got, {want, 0, 0}}, b, {AccuracyClass::updating, 0, format_of(Dtype::float32)});
        return f.verdict();
    };
    CHECK(verdict(nan, nan, bound) == judge::Verdict::pass);
    CHECK(verdict(1, nan, bound) == judge::Verdict::fail);
    CHECK(verdict(nan, 1, bound) == judge::Verdict::fail);
    CHECK(verdict(nan, 1, open) == judge::Verdict::fail);
    CHECK(verdict(infinity, 1, open) == judge::Verdict::fail);
    CHECK(verdict(infinity, 1e39, bound) == judge::Verdict::pass);  // overflows float32
    CHECK(verdict(-infinity, 1e39, bound) == judge::Verdict::fail);
    CHECK(verdict(3e38, 1e39, bound) == judge::Verdict::fail);
    CHECK(verdict(5, 1, open) == judge::Verdict::inconclusive);
    CHECK(verdict(1, 1, bound) == judge::Verdict::pass);
}

TEST_CASE("an infinity stands for a finite value only where the bound reaches beyond the largest number on its side") {
    const Format half = format_of(Dtype::float16);
    const auto failed = [&](double got, double want, double bound) {
        judge::ChannelBounds::PerClass bounds;
        bounds.fill(bound);
        judge::TensorFindings findings;
        findings.add({0, 0, got, {want}}, bounds, {AccuracyClass::updating, 0, half});
        return findings.failed != 0;
    };
    const double infinity = std::numeric_limits<double>::infinity(), largest = half.largest();
    CHECK_FALSE(failed(infinity, 0, 2 * largest));
    CHECK_FALSE(failed(-infinity, 0, 2 * largest));
    CHECK_FALSE(failed(infinity, largest - 1, 2));
    CHECK(failed(-infinity, largest - 1, 2));
    CHECK(failed(infinity, 0, largest / 2));
}

TEST_CASE("an exact sum has height 0, and one bit more has not") {
    CHECK(oracle::sums_exactly(std::vector<double>{1, 2, 3, -5}, 24));
    CHECK(oracle::sums_exactly(std::vector<double>{0x1p23, 0x1p22}, 24));
    CHECK_FALSE(oracle::sums_exactly(std::vector<double>{0x1p24, 1}, 24));
    CHECK_FALSE(oracle::sums_exactly(std::vector<double>{0.1f, 0.7f, 1000.3f}, 24));
}
