#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

std::string two_cases(const Folder& folder) {
    return folder.write("s.json", R"({"suite": "s", "cases": [
        {"name": "far", "shape": [20, 3], "data": {"x": {"normal": {"mean": 10000}}}},
        {"name": "eval", "shape": [4, 2, 3], "mode": "eval", "dtype": "float64"}]})");
}

Json walked(const std::string& arguments) {
    const Outcome outcome = bncheck_tool("derive --format json --case " + arguments);
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
    return Json::parse(outcome.out);
}

void refused(const std::string& arguments, const std::string& with) {
    const Outcome outcome = bncheck_tool("derive " + arguments);
    INFO(arguments << ": " << outcome.out);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.find(with) != std::string::npos);
}

}  // namespace

TEST_CASE("a case of a file, of a built-in suite, by name and by id is walked") {
    const Folder folder;
    const std::string file = two_cases(folder);
    for (const std::string name : {"far", "s/far"}) {
        const Outcome outcome = bncheck_tool("derive --channel 2 --case " + file + ":" + name);
        CHECK(outcome.code == 0);
        CHECK(outcome.out.find("s/far, channel 2 of 3, 20 values of float32, train") == 0);
        CHECK(outcome.out.find("x - mu cancels") != std::string::npos);
        CHECK(outcome.out.find("PyTorch, CPU") != std::string::npos);
        CHECK(outcome.out.find("most is lost in d = x - mu") != std::string::npos);
    }
    CHECK(bncheck_tool("derive --case smoke:known-answer").code == 0);
    // A colon in a file's name is no separator where there is such a file.
    const std::string odd = folder.write("a:b.json", R"({"suite": "odd", "cases": [{"name": "only", "shape": [4, 2]}]})");
    CHECK(walked(odd)["case"] == "odd/only");
    CHECK(walked(odd + ":only")["case"] == "odd/only");
}

TEST_CASE("the JSON has every figure") {
    const Folder folder;
    const std::string file = two_cases(folder);
    const Json far = walked(file + ":far");
    CHECK((far["channel"] == 0 && far["channels"] == 3 && far["m"] == 20));
    CHECK((far["mode"] == "train" && far["working"] == "float32" && far["defined"] == true && far["exact"] == false));
    CHECK(far["arrangements"].size() == 6);
    CHECK(far["most_lost_in"]["quantity"] == "d");
    CHECK(far["verdict"].get<std::string>().find("digits of dx: staged") != std::string::npos);
    for (const Json& section : far["sections"])
        for (const Json& step : section["steps"]) {
            INFO(section["id"] << " " << step["quantity"]);
            CHECK(step["working"].is_number());
            CHECK(std::strtod(step["reference"].get<std::string>().c_str(), nullptr) ==
                  Approx(step["working"].get<double>()).epsilon(0.1).margin(1));
            CHECK(step["correct_digits"].get<double>() <= step["norm"]["correct_digits"].get<double>());
            CHECK(step["norm"]["inherited"].is_number());
            CHECK(step["norm"]["made_here"].is_number());
            CHECK((section["id"] == "data") != step.contains("formula"));
            CHECK((step["lost_digits"] < 0.95) != step.contains("reason"));
        }
    CHECK(far["sections"].back()["steps"].back()["quantity"] == "dx");

    const Json eval = walked(file + ":eval");
    CHECK((eval["mode"] == "eval" && eval["working"] == "float64"));
    CHECK(eval["arrangements"].size() == 2);
}

TEST_CASE("what is not finite is written as words, and undefined derivatives are no failure") {
    const Folder folder;
    const std::string file = folder.write("s.json", R"({"suite": "s", "cases": [
        {"name": "constant", "shape": [3, 1], "eps": 0, "data": {"x": {"constant": 2}}}]})");
    const Json constant = walked(file);
    CHECK(constant["defined"] == false);
    CHECK(constant["verdict"] == "no derivative here: q = v + eps is 0");
    const Json& r = constant["sections"][1]["steps"][4];
    CHECK((r["quantity"] == "r" && r["working"] == "inf" && r["reference"] == "inf" && r["correct_digits"] == "nan"));
}

TEST_CASE("data of 16 bits, one value a channel and no affine parameters are walked") {
    const Folder folder;
    const std::string file = folder.write("s.json", R"({"suite": "s", "cases": [
        {"name": "half", "shape": [9, 2], "dtype": "bfloat16"},
        {"name": "one", "shape": [1, 2], "convention": "keras"},
        {"name": "plain", "shape": [9, 2], "affine": false}]})");
    CHECK(walked(file + ":half")["working"] == "float32");
    CHECK(walked(file + ":one")["arrangements"][0]["max_error"] == 0);
    CHECK(walked(file + ":plain")["affine"] == false);
    CHECK(bncheck_tool("derive --case " + file + ":plain").out.find("without affine parameters") != std::string::npos);
}

TEST_CASE("what cannot be walked is refused with the way out") {
    const Folder folder;
    const std::string file = two_cases(folder);
    refused("--case " + file, "has 2 cases: far, eval");
    refused("--case conditioning", "more; name one, as FILE:NAME");
    refused("--case " + file + ":farr", "did you mean 'far'?");
    refused("--case " + file + ":something-else-altogether", "its cases are far, eval");
    refused("--case " + file + ":", "write FILE or FILE:NAME");
    refused("--case /no/such/file.json:far", "there is no such file, folder or built-in suite");
    refused("--case " + file + ":far --channel 3", "its channels are 0 to 2");
    refused("--case " + file + ":far --channel -1", "--channel");
    refused("--channel 1", "--case");
    refused("--case " + file + ":far --formula 'dx = dy'", "--formula");
    refused("--case " + file + ":far --mode eval", "--mode");
    for (const std::string format : {"latex", "html"})
        refused("--case " + file + ":far --format " + format, "use text or json");
    refused("--case " + folder.write("bad.json", R"({"suite": "b", "cases": [{"name": "n"}]})"), "/cases/0");
    refused("--case " + folder.write("due.json", R"({"suite": "due", "cases": [
        {"name": "n", "shape": [0, 2], "expect_error": "bad-shape"}]})"),
            "must be refused");
    refused("--case " + folder.write("long.json", R"({"suite": "long", "cases": [{"name": "n", "shape": [2000001, 1]}]})"),
            "take a case with at most 2000000 values a channel");
}
