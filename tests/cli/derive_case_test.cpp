#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::json;

namespace {

const char* const two_cases =
    R"({"suite": "mine", "cases": [
        {"name": "first", "shape": [4, 2, 8], "data": {"x": {"normal": {"mean": 10000, "stddev": 1}}}},
        {"name": "second", "shape": [4, 2, 8], "dtype": "float64", "mode": "eval"}]})";

}  // namespace

TEST_CASE("derive --case walks a case's data in both precisions and says where digits are lost") {
    const Folder folder;
    const std::string file = folder.write("two.json", two_cases);
    const Outcome outcome = bncheck_tool("derive --case " + file + ":first --channel 1");
    INFO(outcome.out);
    CHECK(outcome.code == 0);
    for (const char* part :
         {"channel 1 of 2", "Forward", "Staged", "Closed form", "PyTorch", "dotp", "x - mu cancels", "most accurate here"})
        CHECK(outcome.out.find(part) != std::string::npos);
    const Outcome data = bncheck_tool("derive --case " + file + ":first --format json");
    REQUIRE(data.code == 0);
    const Json walk = Json::parse(data.out);
    CHECK(walk["case"] == "mine/first");
    CHECK(walk["arrangements"].size() == 6);
    CHECK(bncheck_tool("derive --case " + file + ":second").code == 0);
    CHECK(bncheck_tool("derive --case edge:no-such-case").code == 2);
}

TEST_CASE("derive --case refuses what names no one case, with the way out") {
    const Folder folder;
    const std::string file = folder.write("two.json", two_cases);
    const auto refused = [](const std::string& arguments, const std::string& part) {
        const Outcome outcome = bncheck_tool("derive " + arguments);
        INFO(arguments << "\n" << outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find(part) != std::string::npos);
    };
    refused("--case " + file, "first, second");
    refused("--case " + file + ":furst", "did you mean 'first'?");
    refused("--case " + file + ":first --channel 2", "0 to 1");
    refused("--case " + file + ":first --format html", "text or json");
    refused("--case " + file + ":first --formula 'dx = dy'", "--formula");
    refused("--case nowhere.json:first", "nowhere.json");
    refused("--case " + folder.write("bad.json", "{") + ":first", "bad.json");
}

TEST_CASE("the check `derivation` says which arrangement is how accurate") {
    const Outcome outcome = bncheck_tool("run --shape 8,2,16 --checks derivation --json -");
    REQUIRE(outcome.code == 0);
    const Json report = Json::parse(outcome.out);
    const Json& check = report["cases"][0]["checks"][0];
    CHECK(check["check"] == "derivation");
    REQUIRE(check["arrangements"].size() == 6);
    for (const Json& one : check["arrangements"]) {
        INFO(one["name"]);
        // In units of |gamma| r max|dy|: rounding errors of sums of 128 terms, not nothing.
        CHECK(one["max_error"] > 0.0);
        CHECK(one["max_error"] < 128 * 0x1p-24 * 8);
        CHECK(check["reason"].get<std::string>().find(one["name"].get<std::string>()) != std::string::npos);
    }
    CHECK(check["reason"].get<std::string>().find("most accurate") != std::string::npos);
}
