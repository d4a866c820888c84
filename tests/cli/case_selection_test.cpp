#include <catch2/catch.hpp>

#include "../shell.hpp"

TEST_CASE("run, list and describe take single cases of built-in suites as SUITE/NAME") {
    const Outcome two = bncheck_tool("run smoke/known-answer edge/one-element smoke/known-backward-float32");
    INFO(two.out);
    CHECK(two.code == 0);
    CHECK(two.out.find("pass: 3 cases") != std::string::npos);
    CHECK(bncheck_tool("list smoke/known-answer").out == "smoke/known-answer\n");
    CHECK(bncheck_tool("describe smoke/known-answer -k known").out.find("smoke/known-answer") != std::string::npos);
    // A suite that is named whole has the case already.
    CHECK(bncheck_tool("list smoke smoke/known-answer").out == bncheck_tool("list smoke").out);
    const Outcome unknown = bncheck_tool("run smoke/known-anser");
    CHECK(unknown.code == 2);
    CHECK(unknown.out.find("did you mean 'known-answer'?") != std::string::npos);
    CHECK(bncheck_tool("run --seed=-1 smoke/known-answer").code == 2);
    CHECK(bncheck_tool("run --jobs=-1 smoke/known-answer").code == 2);
}
