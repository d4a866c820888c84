#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

TEST_CASE("the built-in suites catch every planted bug and accuse no right algorithm") {
    const Folder folder;
    const std::string path = (folder.path / "matrix.json").string();
    const Outcome outcome = bncheck_tool("selftest --json " + path);
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
    const Json matrix = Json::parse(read_text(path));
    CHECK(matrix["verdict"] == "pass");
    CHECK(matrix["survivors"].empty());
    CHECK(matrix["bugs"].size() >= 200);
    for (const Json& bug : matrix["bugs"]) {
        INFO(bug["name"]);
        CHECK_FALSE(bug["caught"].empty());
        CHECK(outcome.out.find(bug["name"].get<std::string>()) != std::string::npos);
    }
    CHECK(matrix["algorithms"].size() == 8);
    for (const Json& algorithm : matrix["algorithms"])
        for (const auto& [suite, found] : algorithm["suites"].items()) {
            INFO(algorithm["name"] << " " << suite);
            CHECK(found["accused"].is_null());
            CHECK((found["judged"] > 0 || suite == "precision"));
        }
    std::size_t with_own = 0;
    for (const std::string suite : matrix["suites"]) {
        INFO(suite);
        CHECK(outcome.out.find("without " + suite + ": ") != std::string::npos);
        Json own = Json::array();  // what it alone catches
        for (const Json& bug : matrix["bugs"])
            if (bug["caught"].size() == 1 && bug["caught"].contains(suite)) own.push_back(bug["name"]);
        CHECK(matrix["survivors_without"][suite] == own);
        with_own += !own.empty();
    }
    CHECK(with_own >= 5);
}
