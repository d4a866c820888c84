#include "bncheck/derivation/walk/walk.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/numbers/bounded.hpp"
#include "bncheck/derivation/walk/walk_programs.hpp"
#include "bncheck/derivation/walk/walk_step.hpp"
#include "bncheck/derivation/walk/walk_verdict.hpp"
#include "walk_channel.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

namespace {

using Real = bn::Real256;

const WalkSection& section(const Walk& walk, const std::string& id) {
    for (const WalkSection& one : walk.sections)
        if (one.id == id) return one;
    FAIL("there is no section " << id);
    return walk.sections.front();
}

const WalkStep& step(const Walk& walk, const std::string& id, const std::string& quantity) {
    for (const WalkStep& one : section(walk, id).steps)
        if (one.quantity == quantity) return one;
    FAIL("there is no step " << id << " " << quantity);
    return walk.sections.front().steps.front();
}

template <class F>
void for_every_step(const Walk& walk, const F& f) {
    for (const WalkSection& one : walk.sections)
        for (const WalkStep& s : one.steps) {
            INFO(one.id << ": " << s.quantity << " = " << s.formula);
            f(one, s);
        }
}

}  // namespace

TEST_CASE("no error exceeds what running error analysis allows, and in a well-conditioned channel that is little") {
    using Running = Bounded<float>;
    const ChannelData data = channel(64, 0.25);
    const Walk found = walk(data, Dtype::float32);
    Quantities<Running> z = data_of<Running>(data, [](double value) {
        const float rounded = static_cast<float>(value);
        return Running(rounded, static_cast<float>(std::fabs(rounded - value)));
    });
    for (const WalkProgram& program : walk_programs(true))
        for (const Statement& statement : program.statements) {
            z.values.insert_or_assign(statement.target, evaluate<Running>(statement.value, z));
            const Value<Running>& value = z.values.at(statement.target);
            double allowed = 0, size = 0;
            for (const Running& one : value.values) {
                allowed = std::max<double>(allowed, one.error);
                size = std::max<double>(size, std::fabs(one.value));
            }
            // Roots are taken otherwise in `Bounded`, which costs either way 3 u of them more. The bound is about the exact
            // value, by which an error is divided here: a factor of 1 / (1 - allowed/size).
            const double relative = (allowed / size + 0x1.8p-22) / (1 - allowed / size);
            const WalkStep& s = step(found, program.id, statement.target);
            INFO(program.id << ": " << statement.target << " allowed " << relative);
            CHECK(s.norm.error <= relative);
            CHECK(relative < 64 * 64 * 0x1p-24);  // not vacuous: sums of 64 terms, of sums of 64 terms
            CHECK(s.norm.digits > digits_of_float - 1);
            CHECK_FALSE(loses(s));
        }
    CHECK(verdict_of(found).lossiest == nullptr);
}

TEST_CASE("at mean/stddev 1e4 four digits are lost, in d, and nothing more later") {
    const ChannelData data = channel(1000, 6e3);
    const Walk found = walk(data, Dtype::float32);
    const WalkStep &mu = step(found, "forward", "mu"), &d = step(found, "forward", "d");
    REQUIRE(mu.norm.digits < digits_of_float);  // else digits would be capped, and the equation below an inequality
    // x - mu is exact (Sterbenz: x/2 <= mu <= 2x), so that all of its error is that of mu, |mu| / max|d| times as large in
    // relation: what 1000 values in [-1, 1) about a mean of 0.02 at most make 6e3 / 1.0.
    CHECK(d.made_here == 0);
    CHECK(d.lost == Approx(std::log10(6e3)).margin(0.03));
    CHECK(d.worst_operand == "mu");
    CHECK(d.reason.find("x - mu cancels: |x| is 5.9e+03 times |x - mu|") == 0);  // max|d| is 1.02
    CHECK(d.condition == Approx(2 * 6e3).epsilon(0.03));
    for_every_step(found, [&](const WalkSection&, const WalkStep& s) {
        if (&s == &d || s.quantity == "mu") return;
        CHECK(s.reason.find("x - mu") == std::string::npos);
    });
    for (const char* quantity : {"xhat", "y"}) CHECK(step(found, "forward", quantity).norm.digits < d.norm.digits + 0.5);
    for (const char* id : {"staged", "closed", "paper", "pytorch", "onednn", "tensorflow"}) {
        INFO(id);
        CHECK(step(found, id, "dx").norm.digits < digits_of_float - 3);
        for (const WalkStep& s : section(found, id).steps) CHECK_FALSE(loses(s));
    }
    const WalkVerdict verdict = verdict_of(found);
    CHECK(verdict.lossiest == &d);
    CHECK(verdict.lossiest_section == "Forward");

    // In float64 as many are lost at most, of sixteen: the mean has those.
    const Walk twice = walk(data, Dtype::float64);
    CHECK(step(twice, "closed", "dx").norm.digits > 11);
}

TEST_CASE("a sum with no cancellation loses by its length, and one that cancels by its condition") {
    ChannelData data = channel(30000, 4);
    Walk found = walk(data, Dtype::float32);
    CHECK(step(found, "forward", "mu").reason == "the roundings of a sum of 30000 terms add up");
    // A half of z and another of 2^-9 - z: the sum is 15000/512, that of magnitudes 15000 to a few tenths of a percent.
    data.dy = scattered(30000, 3);
    for (std::size_t i = 0; i < 15000; ++i) data.dy[15000 + i] = static_cast<float>(0x1p-9 - data.dy[i]);
    found = walk(data, Dtype::float32);
    CHECK(step(found, "staged", "dbeta").reason == "sum(dy) cancels: the sum of |dy| is 5.1e+02 times it");
}

TEST_CASE("a constant channel cancels completely") {
    ChannelData data = channel(10, 0);
    data.x.assign(10, 0.1f);
    const Walk found = walk(data, Dtype::float32);
    const WalkStep& d = step(found, "forward", "d");
    CHECK(d.reference == 0);
    CHECK(d.working != 0);  // ten times 0.1 rounds
    CHECK(std::isinf(d.norm.error));
    CHECK(d.norm.digits == 0);
    CHECK(d.reason == "x - mu cancels completely: it is 0 but for rounding");
    CHECK(found.undefined.empty());
    CHECK(step(found, "closed", "dx").norm.digits > 5);  // eps carries it
    data.x.assign(10, 0.125);
    const Walk exact = walk(data, Dtype::float32);
    CHECK(step(exact, "forward", "d").norm.error == 0);
    CHECK(step(exact, "forward", "d").reason.empty());
}

TEST_CASE("where float32 is exact nothing is lost, and the verdict says so") {
    // mu = 2, v = 1, r = 1, all sums are whole and divisible by 4.
    const ChannelData data{{1, 3, 1, 3}, {1, 2, 3, 4}, 2, 1, 0};
    const Walk found = walk(data, Dtype::float32);
    CHECK(found.exact());
    for_every_step(found, [](const WalkSection&, const WalkStep& s) {
        CHECK(s.norm.error == 0);
        CHECK(s.norm.digits == Approx(digits_of_float));
        CHECK((s.lost == 0 && s.inherited == 0 && s.made_here == 0 && s.reason.empty()));
    });
    CHECK(verdict_of(found).sentence == "exact: nothing is lost by any step of any arrangement");
    CHECK(verdict_of(found).most_accurate.size() == 6);
    ChannelData inexact = data;
    inexact.x[3] = std::nextafterf(3, 4);
    CHECK_FALSE(walk(inexact, Dtype::float32).exact());
}

TEST_CASE("the reference is what 256 bits give") {
    const ChannelData data = channel(20, 100);
    const Walk found = walk(data, Dtype::float32);
    Quantities<Real> z = data_of<Real>(data, [](double value) { return Real(value); });
    for (const WalkProgram& program : walk_programs(true))
        for (const Statement& statement : program.statements) {
            z.values[statement.target] = evaluate<Real>(statement.value, z);
            const WalkStep& s = step(found, program.id, statement.target);
            INFO(program.id << ": " << statement.target);
            CHECK(s.reference_digits == z.values[statement.target].at(s.index).str(30));
            CHECK(s.reference == static_cast<double>(z.values[statement.target].at(s.index)));
        }
    // And the definition's own closed form gives the same.
    std::vector<Real> x(data.x.begin(), data.x.end()), dy(data.dy.begin(), data.dy.end());
    const bn::Normalizer<Real> n = bn::normalizer(bn::moments(x), Real(data.eps));
    const bn::Gradients<Real> truth = bn::closed_form_backward(dy, bn::normalized(x, n), Real(data.gamma), n.r);
    for (const char* id : {"staged", "closed", "paper", "pytorch", "onednn", "tensorflow"}) {
        const WalkStep& dx = step(found, id, "dx");
        CHECK(dx.reference_digits == truth.dx[dx.index].str(30));
    }
}

TEST_CASE("an error is at most what is inherited and what is made, and the worst element is the worst") {
    for (const double mean : {0.0, 3.0, 1e3})
        for (const std::size_t m : {1, 2, 3, 17}) {
            const Walk found = walk(channel(m, mean), Dtype::float32);
            for_every_step(found, [&](const WalkSection&, const WalkStep& s) {
                CHECK(s.norm.error <= (s.inherited + s.made_here) * (1 + 0x1p-50));  // three quotients in double
                if (!s.indexed) CHECK(s.element.error == s.norm.error);
                CHECK(s.element.digits <= s.norm.digits);  // an element's size is at most the largest
                CHECK((s.lost >= 0 && s.norm.digits >= 0 && s.norm.digits <= digits_of_float));
            });
        }
}

TEST_CASE("inference is walked with the given mean and variance") {
    ChannelData data = channel(32, 0);
    data.given = {0.25, 2.0};
    const Walk found = walk(data, Dtype::float64);
    CHECK_FALSE(found.training);
    REQUIRE(found.sections.size() == 4);
    CHECK(step(found, "data", "mu").working == 0.25);
    CHECK(section(found, "forward").steps.front().quantity == "d");
    CHECK(found.arrangements.size() == 2);
    CHECK(step(found, "closed", "dx").formula == "gamma*r*dy");
    data.given = {0.25, -1.0};
    CHECK(walk(data, Dtype::float64).undefined == "q = v + eps is negative");
}

TEST_CASE("data without a derivative, and values beyond the working precision, are told") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    ChannelData data = channel(4, 0);
    data.x[2] = nan;
    CHECK(walk(data, Dtype::float32).undefined == "x[2] is nan");
    data.x[2] = -infinity;
    const Walk infinite = walk(data, Dtype::float32);
    CHECK(infinite.undefined == "x[2] is -inf");
    CHECK(verdict_of(infinite).sentence == "no derivative here: x[2] is -inf");
    CHECK(verdict_of(infinite).most_accurate.empty());
    CHECK(step(infinite, "forward", "mu").reason == "x is not finite");
    CHECK(std::isnan(step(infinite, "closed", "dx").norm.digits));

    const Walk constant = walk({{2, 2, 2}, {1, 2, 3}, 1, 0, 0}, Dtype::float64);
    CHECK(constant.undefined == "q = v + eps is 0");
    CHECK(step(constant, "forward", "r").reason == "a division by 0, or a root of a negative number");
    CHECK(step(constant, "forward", "xhat").reason == "r is not finite");

    const Walk large = walk({{-1e30, 1e30, 3e30}, {1, 2, -1}, 1, 0, 1e-5}, Dtype::float32);
    CHECK(large.undefined.empty());
    CHECK(step(large, "forward", "v").reason == "beyond the largest number of the working precision");
    CHECK(step(large, "closed", "dx").norm.digits == 0);
    const Walk small = walk({{0, 1e-30, 3e-30}, {1, 2, -1}, 1, 0, 0}, Dtype::float32);
    CHECK(step(small, "forward", "v").reason == "below the normal numbers of the working precision");
    CHECK(step(small, "forward", "r").reason == "a division by 0, or a root of a negative number, of rounded operands");

    const Walk one = walk({{3.5}, {2}, 1, 0, 1e-3}, Dtype::float32);
    CHECK(one.undefined.empty());
    for (const ArrangementDigits& arrangement : one.arrangements) CHECK(arrangement.norm.error == 0);  // dx = 0
    const Walk still = walk({{1, 2, 4}, {1, 2, 3}, 0, 0, 1e-3}, Dtype::float32);
    for (const ArrangementDigits& arrangement : still.arrangements) CHECK(arrangement.max_error == 0);

    CHECK_THROWS_AS(walk({{1, 2}, {1}}, Dtype::float32), Error);
    CHECK_THROWS_AS(walk({}, Dtype::float32), Error);
    const std::vector<double> too_many(longest_walk + 1, 1.0);
    CHECK_THROWS_AS(walk({too_many, too_many}, Dtype::float32), Error);
}
