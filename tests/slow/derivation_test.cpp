#include <catch2/catch.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/claim/decision.hpp"

using namespace bncheck;
using namespace bncheck::derivation;

TEST_CASE("a formula of hundreds of roots is refused") {
    std::string program = "ggamma = sum(ddx)";
    for (int k = 0; k < 150; ++k) program += " + sqrt(q + ddbeta^2 - ddbeta^2) - sqrt(q + ddgamma - ddgamma)";
    const std::vector<Claim> claims = claims_of(program, Setting::training);
    REQUIRE(claims.size() == 1);
    CHECK_THROWS_AS(decide(claims.front(), Setting::training), Error);
}
