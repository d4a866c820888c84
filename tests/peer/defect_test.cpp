#include "defect.hpp"

#include <catch2/catch.hpp>

using namespace bncheck::peer;
using Json = nlohmann::ordered_json;

namespace {

Json report_of(const std::string& verdict_of_y, const std::string& verdict_of_dx) {
    const Json checks = {{{"tensor", "y"}, {"verdict", verdict_of_y}}, {{"tensor", "dx"}, {"verdict", verdict_of_dx}}};
    return {{"cases", {{{"id", "s/one"}, {"verdict", "fail"}, {"checks", checks}}}}};
}

const Defect y_of_one{std::regex("^s/one$"), {"y"}, "y is wrong"};

}  // namespace

TEST_CASE("a failure without a defect, a defect without a failure and a case that could not be run are told") {
    CHECK(disagreements(report_of("fail", "pass"), {y_of_one}).empty());
    CHECK(disagreements(report_of("fail", "fail"), {y_of_one}) == std::vector<std::string>{"s/one fails in dx, unexplained"});
    CHECK(disagreements(report_of("pass", "pass"), {y_of_one}).size() == 2);  // neither in the case nor in any
    CHECK(disagreements(report_of("fail", "pass"), {{y_of_one.cases, {"y", "dx"}, ""}}).size() == 1);
    CHECK(disagreements(report_of("fail", "pass"), {y_of_one, {std::regex("^s/two$"), {"y"}, ""}}).size() == 1);
    Json crashed = report_of("fail", "pass");
    crashed["cases"][0]["verdict"] = "error";
    CHECK(disagreements(crashed, {y_of_one}).size() == 1);
}
