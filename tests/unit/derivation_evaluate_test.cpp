#include "bncheck/derivation/formula/evaluate.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/walk/cancellation.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

namespace {

Quantities<double> channel() {
    return {4,
            {{"x", for_every_index(std::vector<double>{1, 2, 4, 9})},
             {"dy", for_every_index(std::vector<double>{3, -1, 2, -4.5})},
             {"a", one_number(2.0)},
             {"m", one_number(4.0)}}};
}

std::optional<Cancellation> cancellation(const std::string& formula, const Quantities<double>& at = channel()) {
    return CancellationSearch<double>(parse_expression(formula), at).found();
}

}  // namespace

TEST_CASE("an evaluation leaves the quantities as they are, whatever storage its results take over") {
    const Quantities<double> at = channel();
    const auto values = [&](const std::string& formula) { return evaluate<double>(parse_expression(formula), at).values; };
    CHECK(values("x") == std::vector<double>{1, 2, 4, 9});
    CHECK(values("x - x") == std::vector<double>{0, 0, 0, 0});
    CHECK(values("-x + a*x - a") == std::vector<double>{-1, 0, 2, 7});
    CHECK(values("a - (x + x)") == std::vector<double>{0, -2, -6, -16});
    CHECK(values("a/(x*x)") == std::vector<double>{2, 0.5, 0.125, 2.0 / 81});
    CHECK(values("(x + a)^2 - x") == std::vector<double>{8, 14, 32, 112});
    CHECK(values("sqrt(x)") == std::vector<double>{1, std::sqrt(2.0), 2, 3});
    CHECK(values("sum(x) - sum(a)") == std::vector<double>{8});
    CHECK(values("a") == std::vector<double>{2});
    CHECK(evaluate<float>(parse_expression("x*a"), at).values == std::vector<float>{2, 4, 8, 18});
    CHECK(at.values.at("x").values == channel().values.at("x").values);
    CHECK(at.values.at("a").values == channel().values.at("a").values);
}

TEST_CASE("every node is observed once, children first") {
    const Expression formula = parse_expression("sum(x*a) - x/a");
    std::vector<std::string> seen;
    evaluate<double>(formula, channel(), [&](const Node& node, const Value<double>& value) {
        seen.push_back(node.name + "/" + std::to_string(value.values.size()));
    });
    CHECK(seen == std::vector<std::string>{"x/4", "a/1", "/4", "/1", "x/4", "a/1", "/4", "/4"});
}

TEST_CASE("a cancellation is found with its condition") {
    // 9 - 8.9 of |9| + |8.9|; the largest of the other values are 4.9 and smaller, so that norms are 9, 8.9 and 7.9.
    Quantities<double> at = channel();
    at.values["mu"] = one_number(8.9);
    at.values["x"] = for_every_index(std::vector<double>{9, 8.8, 9, 9});
    const auto near = cancellation("x - mu", at);
    REQUIRE(near);
    CHECK((near->sum == "x - mu" && near->largest == "x" && !near->of_indices));
    CHECK(near->ratio == Approx(90));
    CHECK(near->condition == Approx(179));

    const auto over_indices = cancellation("a*sum(dy)");
    REQUIRE(over_indices);
    CHECK((over_indices->sum == "sum(dy)" && over_indices->largest == "dy" && over_indices->of_indices));
    CHECK(over_indices->condition == Approx(10.5 / 0.5));
    CHECK(cancellation("mean(dy)")->condition == Approx(10.5 / 0.5));

    CHECK(std::isinf(cancellation("x - x")->condition));
    CHECK(cancellation("sum(a)")->condition == 1);
    CHECK_FALSE(cancellation("a*x/a"));
    CHECK(cancellation("x + a")->condition == 1);
}

TEST_CASE("a cancellation counts by what its sum weighs") {
    // mean(dy) = -1/8 cancels by 21, but is 1/37 of the sum with dy, 1/15 of that with 2 and 1/8000 of that with 1000.
    CHECK(cancellation("dy - mean(dy)")->sum == "dy - mean(dy)");
    CHECK(cancellation("a + mean(dy)")->sum == "mean(dy)");
    CHECK(cancellation("500*a + mean(dy)")->sum == "500*a + mean(dy)");
    // In a product it counts in full.
    CHECK(cancellation("x*mean(dy)")->sum == "mean(dy)");
    // What the sum around it cancels is not its own: mean(dy) + 1/8 + 2^-20 cancels by 2^18, its term mean(dy) by 21.
    CHECK(cancellation("mean(dy) + 1/8 + 1/1048576")->sum == "mean(dy) + 1/8 + 1/1048576");
}
