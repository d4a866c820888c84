#include "bncheck/properties/scale.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "altered_candidate.hpp"

using namespace altered;

TEST_CASE("an eps that is clamped, or a constant that is added, does not scale") {
    const std::string ordinary = R"("shape": [4, 5, 6], "eps": 1e-5)";
    Altered clamped({}, [](suite::Case& asked, suite::Tensors&) { asked.eps = std::max(asked.eps, 1e-5); });
    for (const std::string mode : {"train", "eval"})
        CHECK(failed(clamped, case_of(ordinary + R"(, "mode": ")" + mode + "\"")) == "scale");
    Altered constant({}, [](suite::Case& asked, suite::Tensors&) { asked.eps += 1e-12; });
    CHECK(failed(constant, case_of(ordinary)) == "scale");
    CHECK(failed(constant, case_of(ordinary + R"(, "dtype": "float64")")).find("scale") != std::string::npos);
    // Where no smaller eps is allowed, a larger one says nothing of a clamp; a constant shows.
    const std::string tensorflow = R"("shape": [4, 5, 6], "eps": 1.001e-5, "convention": "tensorflow")";
    CHECK(failed(clamped, case_of(tensorflow)) == "");
}

TEST_CASE("a scaled dx that is rounded up to the smallest normal number is no failure") {
    // 4 (1 - 1.5 2^-12) rounds to 4 (1 - 2^-11); times 2^-16 it rounds to 2^-14, where float16 numbers below are 2^-24 apart.
    const suite::Case c = case_of(R"("shape": [2, 1], "dtype": "float16", "mode": "eval", "eps": 0, "data": {
        "x": {"values": [0.5, 0.25]}, "dy": {"constant": 4}, "gamma": {"constant": 0.9996337890625}, "running_mean": {"constant": 0},
        "running_var": {"constant": 1}})");
    Altered right;
    const Finding scale = finding_of(identities(right, c), "scale", "dx");
    CHECK(scale.verdict == Verdict::pass);
    CHECK(scale.reason.find("k = 16") == 0);
    CHECK(scale.findings->max_abs > 0);
}
