#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

// All bugs in all suites, and the right algorithms, are tests/slow/selftest_test.cpp.
TEST_CASE("the built-in suites catch planted bugs of eps, of sums and of cumulative averages") {
    const Folder folder;
    const std::string path = (folder.path / "matrix.json").string();
    const Outcome outcome = bncheck_tool("selftest -k '^(cumulative|eps|sums)' --json " + path);
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
    const Json matrix = Json::parse(read_text(path));
    CHECK(matrix["verdict"] == "pass");
    CHECK(matrix["survivors"].empty());
    CHECK(matrix["bugs"].size() >= 10);
    for (const Json& bug : matrix["bugs"]) {
        INFO(bug["name"]);
        CHECK_FALSE(bug["caught"].empty());
        CHECK(outcome.out.find(bug["name"].get<std::string>()) != std::string::npos);
    }
}

TEST_CASE("what a suite alone lets through is named, with exit 1, whatever the number of threads") {
    const Outcome one = bncheck_tool("selftest momentum --json - -j 1"), two = bncheck_tool("selftest momentum --json - -j 2");
    CHECK(one.code == 1);
    CHECK(one.out == two.out);
    const Json matrix = Json::parse(one.out);
    CHECK(matrix["verdict"] == "fail");
    for (const char* name : {"eval-dx-zero", "statistics-first-of-4096", "eps-zero-is-default"})
        CHECK(std::count(matrix["survivors"].begin(), matrix["survivors"].end(), name) == 1);
    for (const char* name : {"momentum-swapped", "cumulative-count-in-16-bits", "relu-fused"})
        CHECK(std::count(matrix["survivors"].begin(), matrix["survivors"].end(), name) == 0);

    const Outcome text = bncheck_tool("selftest momentum -k '^(eval-dx-zero|relu-fused)$'");
    CHECK(text.code == 1);
    CHECK(text.out.find("SURVIVES") != std::string::npos);
    CHECK(text.out.find("1 survive: eval-dx-zero\nfail: 1 of 2 planted bugs caught") != std::string::npos);
}

TEST_CASE("selftest's filter, catalogue and exit codes") {
    const Outcome list = bncheck_tool("selftest --list");
    CHECK(list.code == 0);
    CHECK(list.out.find("eps is added to the standard deviation") != std::string::npos);
    CHECK(bncheck_tool("selftest --list -k '^dx-zero$'").out.find("eps") == std::string::npos);
    CHECK(bncheck_tool("selftest eps -k '^dx-zero$'").code == 0);
    CHECK(bncheck_tool("selftest eps -k nothing-of-that-name").code == 4);
    CHECK(bncheck_tool("selftest --list -k nothing-of-that-name").code == 4);
    CHECK(bncheck_tool("selftest -k '('").code == 2);
    CHECK(bncheck_tool("selftest no-such-suite").code == 2);
    CHECK(bncheck_tool("selftest eps -k '^dx-zero$' --json /no/such/folder/m.json").code == 2);
    const Json matrix = Json::parse(bncheck_tool("selftest eps -k '^dx-zero$' --json -").out);
    CHECK(matrix["bugs"][0]["caught"]["eps"]["tensor"] == "dx");
}
