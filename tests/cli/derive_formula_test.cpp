#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::json;

namespace {

Outcome derive(const std::string& formula, const std::string& more = "") {
    return bncheck_tool("derive --formula '" + formula + "' " + more);
}

bool says(const Outcome& outcome, const std::string& part) { return outcome.out.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a right formula is proven: exit 0") {
    const Outcome closed = derive("dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)");
    CHECK(closed.code == 0);
    CHECK(says(closed, "proven for every channel of every size"));
    CHECK(says(closed, "m = 4 to 7 prove every m >= 4"));
    CHECK(derive("invstd = 1/sqrt(v + eps)\nk = sum((x - mu)*dy)*invstd^2/m\ndx = (dy - mean(dy) - (x - mu)*k)*invstd*gamma")
              .code == 0);
    CHECK(derive("dbeta = sum(dy); dgamma = sum(dy*xhat); dx = gamma*r*(dy - dbeta/m - xhat*dgamma/m)").code == 0);
    CHECK(derive("dx = gamma*r*dy", "--mode eval").code == 0);
}

TEST_CASE("a wrong formula is refuted by a channel: exit 1") {
    const Outcome outcome = derive("dx = gamma*r*dy");
    CHECK(outcome.code == 1);
    CHECK(says(outcome, "refuted"));
    CHECK(says(outcome, "backward of inference"));
    const Outcome one_of_two = derive("dbeta = sum(dy); dgamma = sum(dy*x)");
    CHECK(one_of_two.code == 1);
    CHECK(says(one_of_two, "proven"));
    CHECK(says(one_of_two, "refuted"));
}

TEST_CASE("what is malformed, too large or undecided: exit 2, with place and reason") {
    const Outcome open = derive("dx = gamma*(dy");
    CHECK(open.code == 2);
    CHECK(says(open, "--formula, column 15: a '(' is not closed"));
    CHECK(derive("").code == 2);
    CHECK(says(derive("dx = gama*r"), "did you mean 'gamma'?"));
    const Outcome huge = derive("dx = x^1000000000");
    CHECK(huge.code == 2);
    const Outcome degree = derive("dx = (((x^9)^9)^9)^9");
    CHECK(degree.code == 2);
    CHECK(says(degree, "degree above 200"));
    const Outcome undecided = derive("dx = gamma*sqrt(m)/sqrt(m*q)*(dy - dbeta/m - xhat*dgamma/m)");
    CHECK(undecided.code == 2);
    CHECK(says(undecided, "undecided"));
    CHECK(derive("dx = dy", "--mode sideways").code == 2);
    CHECK(derive("dx = dy", "--format latex").code == 2);
}

TEST_CASE("the answer about a formula as JSON") {
    const Outcome outcome = derive("dbeta = sum(dy); dx = gamma*r*(dy - dbeta/m)", "--format json");
    CHECK(outcome.code == 1);
    const Json answer = Json::parse(outcome.out);
    CHECK(answer["proven"] == false);
    REQUIRE(answer["claims"].size() == 2);
    CHECK(answer["claims"][0]["verdict"] == "proven");
    CHECK(answer["claims"][1]["verdict"] == "refuted");
    CHECK(answer["claims"][1]["counterexample"]["m"] == 2);
    CHECK(outcome.out == derive("dbeta = sum(dy); dx = gamma*r*(dy - dbeta/m)", "--format json").out);
}
