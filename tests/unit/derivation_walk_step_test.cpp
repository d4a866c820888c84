#include "bncheck/derivation/walk/walk_step.hpp"

#include <catch2/catch.hpp>

#include "bncheck/derivation/walk/walk_programs.hpp"
#include "walk_channel.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

using Real = bn::Real256;

TEST_CASE("an altered working value is seen where it was altered") {
    const ChannelData data = channel(16, 0.5);
    WalkState<float> state;
    state.working = data_of<float>(data, [](double value) { return static_cast<float>(value); });
    state.reference = data_of<Real>(data, [](double value) { return Real(value); });
    for (const char* name : {"x", "dy", "gamma", "beta", "eps"}) state.digits[name] = digits_of_float;
    const Statement statement{"y", parse_expression("gamma*x + beta*dy")};
    const Value<Real> truth = evaluate<Real>(statement.value, state.reference);
    const Value<float> right = evaluate<float>(statement.value, state.working);
    const WalkStep untouched = assess(statement, state, right, truth).step;
    // Three roundings of values below the largest term's 3.2 in relation to the largest sum, which is above 1.
    CHECK(untouched.made_here < 3 * 3.2 * 0x1p-24);
    CHECK(untouched.inherited == 0);

    Value<float> altered = right;
    altered.values[11] *= 1.001f;
    const WalkStep seen = assess(statement, state, altered, truth).step;
    CHECK(seen.index == 11);
    CHECK(seen.working == altered.values[11]);
    CHECK(seen.element.error == Approx(1e-3).epsilon(1e-3));  // 1.001f and the value before it are within 1e-7
    CHECK(seen.element.digits == Approx(3).margin(1e-3));
    CHECK(seen.inherited == 0);
    CHECK(seen.norm.error == seen.made_here);
    CHECK(loses(seen));

    // By the least amount too: a neighbour of an exact value is not exact.
    Value<float> x = state.working.values.at("x");
    const Statement copy{"copy", parse_expression("x")};
    const auto error_of = [&] { return assess(copy, state, x, state.reference.values.at("x")).step.element.error; };
    CHECK(error_of() == 0);
    x.values[7] = std::nextafter(x.values[7], 10.0f);
    CHECK(error_of() > 0);
}

TEST_CASE("what the forward computed counts as an operand of those who compute it anew") {
    const std::vector<Statement> forward = walk_programs(true).front().statements;
    const auto restated = [&](const std::string& formula) {
        return to_source(in_terms_of(forward, parse_expression(formula)));
    };
    CHECK(restated("sum((x - mu)*dy)") == "sum(d*dy)");
    CHECK(restated("1/sqrt(sum((x - mu)^2)/m + eps)") == "1/sqrt(q)");
    CHECK(restated("rsqrt(v + eps)*(x - mu)") == "r*d");
    CHECK(restated("dy - mu") == "dy - mu");
    CHECK(restated("mu") == "mu");
}
