#include "bncheck/derivation/walk/walk.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "bncheck/core/error.hpp"
#include "bncheck/core/random.hpp"
#include "bncheck/derivation/walk/walk_text.hpp"
#include "bncheck/derivation/walk/walk_verdict.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

namespace {

ChannelData channel_of(std::size_t m, double mean, double stddev) {
    const RandomStream stream("test", "walk", "channel", m);
    ChannelData channel;
    for (std::size_t i = 0; i < m; ++i) {
        channel.x.push_back(static_cast<float>(mean + stddev * stream.normal(i)));
        channel.dy.push_back(static_cast<float>(stream.normal(m + i)));
    }
    channel.gamma = 1.25;
    channel.beta = -0.5;
    channel.eps = 0x1p-17;  // exact in float32
    return channel;
}

const WalkStep& step(const Walk& walk, const std::string& section, const std::string& quantity) {
    for (const WalkSection& one : walk.sections)
        if (one.id == section)
            for (const WalkStep& found : one.steps)
                if (found.quantity == quantity) return found;
    throw std::runtime_error("no step " + quantity + " in " + section);
}

std::size_t code_points(const std::string& utf8) {
    std::size_t count = 0;
    for (const char byte : utf8) count += (static_cast<unsigned char>(byte) & 0xc0) != 0x80;
    return count;
}

}  // namespace

TEST_CASE("in a well conditioned channel nearly all digits are right at every step") {
    const ChannelData channel = channel_of(64, 0.5, 1);
    for (const Dtype working : {Dtype::float32, Dtype::float64}) {
        const Walk found = walk(channel, working);
        CHECK(found.undefined.empty());
        CHECK((found.m == 64 && found.training && found.working == working));
        const double most = working == Dtype::float32 ? 24 * std::log10(2.0) : 53 * std::log10(2.0);
        for (const WalkSection& section : found.sections)
            for (const WalkStep& one : section.steps) {
                INFO(section.id << ": " << one.quantity << " = " << one.formula);
                // Sums of 64 terms of one size and some twenty operations in a row: below 2^10 roundings, 3.1 digits; and the
                // sums themselves (of dy, of dy xhat) are here not below a hundredth of their terms' sizes.
                CHECK(one.norm.digits > most - 5);
                CHECK(one.norm.digits <= most);
                // y - f(A) = (f(a) - f(A)) + (y - f(a)), in the norm.
                CHECK(one.norm.error <= (one.inherited + one.made_here) * (1 + 1e-9));
            }
        CHECK(found.arrangements.size() == 6);
    }
}

TEST_CASE("a mean of 10^4 standard deviations costs four digits, at x - mu and not later") {
    const Walk found = walk(channel_of(256, 1e4, 1), Dtype::float32);
    const WalkStep& d = step(found, "forward", "d");
    // |x| is 10^4 times the size of d, whose largest of 256 is near 3: 3.5 digits or more in the norm; fl(mu) may bring less
    // than half an ulp of x to at most a few.
    CHECK(d.lost > 2);
    CHECK(d.norm.digits < 5.2);
    CHECK(d.reason.find("x - mu cancels") == 0);
    CHECK((d.condition > 1e3 && d.condition < 1e5));
    for (const char* later : {"q", "r", "xhat"}) {
        INFO(later);
        CHECK(step(found, "forward", later).lost < 1);
        CHECK(step(found, "forward", later).inherited > step(found, "forward", later).made_here);
    }
    const WalkVerdict verdict = verdict_of(found);
    CHECK_FALSE(verdict.lossiest_section.empty());
    // In float64 the same data lose the same digits of more.
    CHECK(step(walk(channel_of(256, 1e4, 1), Dtype::float64), "forward", "d").norm.digits > d.norm.digits + 6);
}

TEST_CASE("exact data lose nothing") {
    ChannelData channel;
    channel.x = {0, 2, 2, 0};  // mu = v = 1, q = 4, r = 1/2
    channel.dy = {1, 3, -1, 1};
    channel.gamma = 2;
    channel.beta = 1;
    channel.eps = 3;
    const Walk found = walk(channel, Dtype::float32);
    CHECK(found.exact());
    CHECK(step(found, "forward", "r").working == 0.5);
    CHECK(step(found, "closed", "dx").norm.error == 0);
    for (const ArrangementDigits& one : found.arrangements) CHECK(one.max_error == 0);
    channel.x[0] = 0.1;  // no float32
    CHECK_FALSE(walk(channel, Dtype::float32).exact());
}

TEST_CASE("what has no derivative or no value is said to, and is walked all the same") {
    ChannelData constant = channel_of(5, 0, 1);
    constant.x.assign(5, 3);
    CHECK(walk(constant, Dtype::float32).undefined.empty());  // eps is not 0
    constant.eps = 0;
    CHECK(walk(constant, Dtype::float32).undefined == "q = v + eps is 0");
    ChannelData infinite = channel_of(4, 0, 1);
    infinite.x[2] = std::numeric_limits<double>::infinity();
    CHECK(walk(infinite, Dtype::float64).undefined == "x[2] is inf");
    ChannelData one = channel_of(1, 5, 1);
    const Walk single = walk(one, Dtype::float32);
    CHECK(single.undefined.empty());
    CHECK(step(single, "closed", "dx").working == 0);
    ChannelData given = channel_of(6, 1, 1);
    given.given = bn::Moments<double>{0.5, 2};
    const Walk inference = walk(given, Dtype::float32);
    CHECK_FALSE(inference.training);
    CHECK(inference.arrangements.size() == 2);
    for (const ChannelData& channel : {constant, infinite, one, given}) {
        const Walk found = walk(channel, Dtype::float32);
        std::istringstream lines(text(found, "heading"));
        for (std::string line; std::getline(lines, line);) {
            INFO(line);
            CHECK(code_points(line) <= 100);
        }
        CHECK(nlohmann::ordered_json::parse(json(found).dump()) == json(found));
    }
    ChannelData unequal = channel_of(3, 0, 1);
    unequal.dy.pop_back();
    CHECK_THROWS_AS(walk(unequal, Dtype::float32), Error);
}
