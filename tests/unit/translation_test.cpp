#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/momentum.hpp"
#include "bncheck/bn/translation_rules.hpp"
#include "bncheck/core/error.hpp"

using namespace bncheck;
using bn::Convention;
using bn::Training;

namespace {

constexpr double U = 0x1p-53;
constexpr std::size_t m = 4;

const Convention& named(const char* name) { return *bn::convention_named(name); }

/// Running mean and variance after n batches of a fixed stream, by the definition; `momentum` is in the convention's meaning.
struct Statistics {
    double mean, variance;
};
Statistics trained(const Convention& c, double momentum, std::size_t n, const Training& t) {
    Statistics s{t.initial_mean, t.initial_var};
    for (std::size_t k = 0; k < n; ++k) {
        std::vector<double> x(m);
        for (std::size_t i = 0; i < m; ++i) x[i] = 3 + std::sin(1.0 + static_cast<double>(k * m + i) * 1.7) * (1 + k % 5);
        const bn::Moments<double> batch = bn::moments(x);
        const double w = bn::new_weight(c, momentum, k);
        s.mean = bn::running(s.mean, batch.mean, w);
        s.variance = bn::running(s.variance, c.unbiased() ? bn::unbiased(batch.variance, m) : batch.variance, w);
    }
    return s;
}

bool is_specified(const Convention& c) { return c.running_variance != bn::RunningVariance::unspecified; }

/// Over every pair that converts, and some lengths of training.
template <class Use>
void for_each_training(Use use) {
    for (const Convention& from : bn::conventions())
        for (const Convention& to : bn::conventions())
            for (const std::uint64_t n : {1u, 2u, 7u, 60u}) {
                if (!is_specified(from) || !is_specified(to)) continue;
                INFO(from.name << " to " << to.name << " after " << n);
                const double w = 0.0625, given = from.momentum == bn::Momentum::weighs_new ? w : 1 - w;
                use(from, to, given, Training{given, n, m, -2.0, 1.0});
            }
}

}  // namespace

TEST_CASE("translation: training under one convention, translated, is training under the other") {
    for_each_training([](const Convention& from, const Convention& to, double momentum, const Training& t) {
        const double other = to.momentum == bn::Momentum::weighs_new ? 0.0625 : 0.9375;
        const Statistics a = trained(from, momentum, *t.batches, t), due = trained(to, other, *t.batches, t);
        const bn::StatisticsTranslation translation(from, to, t, true);
        // No statistic, and none on the way, is above 64. A step of training errs by at most 5 U of |old| + |new|
        // (judge/bounds.cpp), its batch's statistic by 10 U of the sums of four terms and the accumulated weight by U: 16 U 128
        // a step, of which n add up. Dividing by 1 - (1 - w)^n >= w = 1/16 and Bessel's 4/3 enlarge the first training's error,
        // and the 8 U of the translation, 64/3-fold.
        const double tolerance = (static_cast<double>(*t.batches) * 16 * 128 + 8 * 128) * U * (1 + 64.0 / 3);
        CHECK(std::fabs(translation.mean(a.mean) - due.mean) <= tolerance);
        CHECK(std::fabs(translation.variance(a.variance) - due.variance) <= tolerance);
        // The tolerance sees a forgotten initial value and a forgotten factor.
        if (from.unbiased() != to.unbiased()) {
            CHECK(std::fabs(a.variance - due.variance) > 1e3 * tolerance);
            const bn::StatisticsTranslation careless(from, to, {t.momentum, std::nullopt, t.count}, true);
            CHECK(std::fabs(careless.variance(a.variance) - due.variance) > 1e3 * tolerance);
        }
    });
}

TEST_CASE("translation: there and back again is where it began") {
    for_each_training([](const Convention& from, const Convention& to, double momentum, const Training& t) {
        const double other = to.momentum == bn::Momentum::weighs_new ? 0.0625 : 0.9375;
        Training back = t;
        back.momentum = other;
        const Statistics a = trained(from, momentum, *t.batches, t);
        const bn::StatisticsTranslation there(from, to, t, true), again(to, from, back, true);
        // Twice 8 U of numbers below 128, enlarged on one of the ways by at most 4/3 of 16.
        const double tolerance = 2 * 8 * 128 * U * (1 + 64.0 / 3);
        CHECK(std::fabs(again.mean(there.mean(a.mean)) - a.mean) <= tolerance);
        CHECK(std::fabs(again.variance(there.variance(a.variance)) - a.variance) <= tolerance);
    });
}

TEST_CASE("translation: by hand") {
    // keras, momentum 1/2, m = 4: after two batches of variance 3: 1/4 + 3/4 3 = 5/2; unbiased 4 each: 1/4 + 3/4 4 = 13/4.
    const Training t{0.5, 2, 4};
    const bn::StatisticsTranslation to_pytorch(named("keras"), named("pytorch"), t, true);
    CHECK(to_pytorch.variance(2.5) == 3.25);
    CHECK(to_pytorch.mean(7) == 7);
    CHECK(bn::StatisticsTranslation(named("pytorch"), named("keras"), t, true).variance(3.25) == 2.5);
    // Accumulated, nothing is left of the initial value: the mean of the two is 4.
    CHECK(bn::StatisticsTranslation(named("keras"), named("caffe"), t, true).variance(2.5) == 4);
    CHECK(bn::StatisticsTranslation(named("caffe"), named("keras"), t, true).variance(4) == 2.5);
    // Long trained.
    CHECK(bn::StatisticsTranslation(named("keras"), named("pytorch"), {0.5, std::nullopt, 4}, true).variance(3) == 4);
    // A variance of 0: the initial 1/4 is all there is, and stays.
    CHECK(to_pytorch.variance(0.25) == 0.25);
    CHECK(to_pytorch.plausible_variance(0.25, 0x1p-24));
    CHECK(to_pytorch.plausible_variance(0.25 * (1 - 0x1p-23), 0x1p-24));
    CHECK_FALSE(to_pytorch.plausible_variance(0.2499, 0x1p-24));
    CHECK_FALSE(bn::StatisticsTranslation(named("keras"), named("pytorch"), {0.5, std::nullopt, 4}, true)
                    .plausible_variance(-1, 0x1p-24));
    // No batch: nothing to convert.
    CHECK(bn::StatisticsTranslation(named("keras"), named("caffe"), {0.5, 0, 4}, true).variance(1) == 1);
    // Cumulative averaging keeps no initial value.
    CHECK(bn::StatisticsTranslation(named("pytorch"), named("caffe"), {std::nullopt, 9, 4}, true).variance(3) == 3);
}

TEST_CASE("translation: what cannot be converted is refused, whatever stands beside it") {
    const auto reason = [](const char* from, const char* to, std::optional<std::uint64_t> count) {
        return bn::variance_obstacle(named(from), named(to), {0.5, 2, count}).reason;
    };
    CHECK(reason("keras", "pytorch", 4).empty());
    CHECK(reason("keras", "flax", std::nullopt).empty());
    CHECK_FALSE(reason("keras", "pytorch", std::nullopt).empty());
    CHECK_FALSE(reason("keras", "pytorch", 1).empty());
    CHECK_FALSE(reason("onnx9", "pytorch", 4).empty());
    CHECK_FALSE(reason("pytorch", "onnx9", 4).empty());
    CHECK_THROWS_AS(bn::StatisticsTranslation(named("keras"), named("pytorch"), {0.5, 2, std::nullopt}, true), Error);
    CHECK(bn::StatisticsTranslation(named("onnx9"), named("pytorch"), {0.5, 2, std::nullopt}, false).mean(3) == 3);
}

TEST_CASE("translation: 1 minus a decimal is exact") {
    const std::pair<const char*, const char*> known[] = {
        {"0.99", "0.01"},   {".1", "0.9"},        {"0", "1"},
        {"0.0", "1"},       {"1", "0"},           {"1.000", "0"},
        {"1e0", "0"},       {"10e-1", "0"},       {"1e-3", "0.999"},
        {"0.999", "0.001"}, {"9.99E-1", "0.001"}, {"0.10", "0.9"},
        {"0.5", "0.5"},     {"5e-1", "0.5"},      {"0.000000000000000000001", "0.999999999999999999999"},
        {"00.25", "0.75"},  {"1.", "0"}};
    for (const auto& [decimal, due] : known) {
        INFO(decimal);
        CHECK(bn::one_minus(decimal) == std::optional<std::string>(due));
    }
    for (const char* wrong :
         {"", ".", "-0.1", "1.1", "2", "0.5x", "nan", "0x1", "1e", "1e-", "1e-401", "1e99999", "10", "1e1", "1.0001", "+1"}) {
        INFO(wrong);
        CHECK(bn::one_minus(wrong) == std::nullopt);
    }
    for (int k = 0; k <= 1000; ++k) {  // an involution, but for zeros at the end
        char text[16];
        std::snprintf(text, sizeof text, "0.%03d", k % 1000);
        const std::string once = bn::one_minus(text).value(), twice = bn::one_minus(once).value();
        CHECK(std::stod(twice) == std::stod(text));
    }
}

TEST_CASE("translation: every pair has a rule for momentum, eps and both statistics, or a reason why not") {
    for (const Convention& from : bn::conventions())
        for (const Convention& to : bn::conventions()) {
            INFO(from.name << " to " << to.name);
            const bn::TranslationRules rules = bn::translation_rules(from, to, {}, {});
            for (const char* what : {"momentum", "eps", "running_mean", "running_var"}) {
                std::size_t found = 0;
                for (const auto* list : {&rules.converted, &rules.not_converted})
                    for (const bn::TranslationRule& rule : *list) {
                        found += rule.what == what;
                        CHECK_FALSE(rule.rule.empty());
                    }
                INFO(what);
                CHECK(found == 1);
            }
        }
}
