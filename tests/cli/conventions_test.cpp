#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

namespace {

std::set<std::string> failing(const Json& report) {
    std::set<std::string> tensors;
    for (const Json& c : report["cases"])
        for (const Json& check : c["checks"])
            if (check["verdict"] == "fail" || check["verdict"] == "error") tensors.insert(check["tensor"].get<std::string>());
    return tensors;
}

const std::string python = "exec:/usr/bin/python3 ";
const std::string all_suites = "conventions-running conventions-defaults conventions-one-value conventions-saved ";

}  // namespace

TEST_CASE(
    "conventions: a candidate by keras's rules fails under pytorch in running statistics only, and passes under its own") {
    need("numpy");
    const std::string candidate = " --candidate '" + python + "tests/candidates/keras_rules.py";
    for (const char* suites :
         {"conventions-running -k '^conventions-running/(pytorch|keras)'", "momentum -k '^momentum/steps'"}) {
        const Outcome wrong = bncheck_tool(std::string("run --json - --convention pytorch ") + suites + candidate + "'");
        INFO(wrong.out);
        CHECK(wrong.code == 1);
        CHECK(failing(Json::parse(wrong.out)) == std::set<std::string>{"running_mean", "running_var"});
        CHECK(bncheck_tool(std::string("run --convention keras ") + suites + candidate + "'").code == 0);
    }
    const Outcome own = bncheck_tool("run smoke momentum --json - " + candidate + " --hello'");
    CHECK(own.code == 0);
    CHECK(Json::parse(own.out)["candidate"]["convention"] == "keras");
}

TEST_CASE("conventions: numpy_candidate.py knows all of them") {
    need("numpy");
    const Outcome outcome = bncheck_tool("run --strict --json - " + all_suites + "--candidate '" + python +
                                         "scripts/candidates/numpy_candidate.py'");
    CHECK(outcome.code == 0);
    const Json report = Json::parse(outcome.out);
    CHECK(report["summary"]["skipped"] == 0);
    CHECK(report["summary"]["pass"] == report["summary"]["cases"]);
}

TEST_CASE("conventions: what a convention leaves open is skipped with the reason") {
    const auto check_of = [](const std::string& arguments) {
        const Json report = Json::parse(bncheck_tool("run --json - " + arguments).out);
        for (const Json& check : report["cases"][0]["checks"])
            if (check["tensor"] == "running_var") return check;
        return Json();
    };
    const Json onnx9 = check_of("--shape 4,3 --convention onnx9");
    CHECK(onnx9["verdict"] == "skipped");
    CHECK(onnx9["reason"].get<std::string>().find("which variance") != std::string::npos);
    const Json single = check_of("edge -k '^edge/one-element$' --convention cudnn");
    CHECK(single["verdict"] == "skipped");
    CHECK(single["reason"].get<std::string>().find("0/0") != std::string::npos);
    const Json paddle = Json::parse(bncheck_tool("run --json - edge -k '^edge/one-element$' --convention paddle").out);
    CHECK(paddle["cases"][0]["verdict"] == "skipped");
    CHECK(paddle.dump().find("no batch normalization") != std::string::npos);
    const Folder folder;
    const Outcome refused =
        bncheck_tool("run " + folder.write("a.json", R"({"suite": "s", "cases": [{"name": "c", "shape": [2, 1],
        "convention": "onnx9", "expect": {"running_var": {"values": [1]}}}]})"));
    CHECK(refused.code == 2);
    CHECK(refused.out.find("/cases/0/expect/running_var") != std::string::npos);
}

TEST_CASE("describe --conventions prints every row, as text within 140 columns and as JSON") {
    const Outcome text = bncheck_tool("describe --conventions"), json = bncheck_tool("describe --conventions --format json");
    REQUIRE(text.code == 0);
    REQUIRE(json.code == 0);
    const Json table = Json::parse(json.out)["conventions"];
    CHECK(table.size() == 12);
    for (const Json& row : table) {
        CHECK(text.out.find("\n" + row["name"].get<std::string>() + " ") != std::string::npos);
        CHECK_FALSE(row["source"].get<std::string>().empty());
    }
    const Json schema = Json::parse(bncheck_tool("schema suite").out);
    std::vector<std::string> names;
    for (const Json& row : table) names.push_back(row["name"]);
    CHECK(schema["definitions"]["convention"]["enum"].get<std::vector<std::string>>() == names);
    std::istringstream lines(text.out);
    for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 140);
    CHECK(bncheck_tool("describe --format json").code == 2);
    const Outcome unknown = bncheck_tool("run --convention cafe");
    CHECK(unknown.code == 2);
    CHECK(unknown.out.find("did you mean 'caffe'?") != std::string::npos);
}

TEST_CASE("translate prints the rules, converts what is given, and writes both files or none") {
    const Outcome rules = bncheck_tool("translate --from keras --to pytorch");
    CHECK(rules.code == 0);
    CHECK(rules.out.find("momentum = 0.99  ->  momentum = 0.01") != std::string::npos);
    CHECK(rules.out.find("not the default of pytorch, 1e-05: set it") != std::string::npos);
    CHECK(rules.out.find("m/(m - 1)") != std::string::npos);
    CHECK(rules.out.find("cannot be converted") != std::string::npos);

    const Json json = Json::parse(bncheck_tool("translate --from keras --to pytorch --momentum 0.5 --batches 2 --count 4 "
                                               "--running-mean 7,1 --running-var 2.5,0.25 --format json")
                                      .out);
    CHECK(json["momentum"] == 0.5);
    CHECK(json["running_mean"] == Json({7.0, 1.0}));
    CHECK(json["running_var"] == Json({3.25, 0.25}));

    const Folder folder;
    const std::string out = (folder.path / "converted").string();
    const std::string to = "translate --from keras --to caffe --momentum 0.5 --count 4 --batches 2 --running-var ";
    CHECK(bncheck_tool(to + "2.5,2.5 --out " + out).code == 0);
    const std::string file = out + "/running_var.npy";
    CHECK(bncheck_tool("translate --from caffe --to keras --momentum 0.5 --count 4 --batches 2 --running-var " + file)
              .out.find("running_var  2.5, 2.5\n") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(out + "/running_mean.npy"));
    CHECK_FALSE(std::filesystem::exists(file + ".part"));
}

TEST_CASE("translate refuses what cannot be converted, and says the way out") {
    const Folder folder;
    const std::string text = folder.write("text.npy", "no numbers"), from = "translate --from keras --to pytorch ";
    const std::pair<std::string, std::string> wrong[] = {
        {"translate --from keras --to torch", "no convention 'torch'"},
        {"translate --from kera --to pytorch", "did you mean 'keras'?"},
        {from + "--running-var 1,2", "--count"},
        {from + "--running-var 1,2 --count 1", "one value per channel"},
        {from + "--running-var 1,2 --count 0", "--count"},
        {from + "--running-var 0.1 --count 8 --batches 1", "less than what 1 batches leave"},
        {from + "--running-var -1 --count 8", "a variance is a number of at least 0"},
        {from + "--running-var 1 --running-mean 1,2 --count 8", "has 1 values where"},
        {from + "--running-var 1,x --count 8", "'x' is no number"},
        {from + "--running-var '' --count 8", "is empty"},
        {from + "--running-var " + text + " --count 8", "text.npy"},
        {from + "--running-var none.npy --count 8", "none.npy"},
        {from + "--momentum 1.5", "decimal from 0 to 1"},
        {from + "--momentum none", "no cumulative averaging"},
        {from + "--eps -1", "--eps"},
        {from + "--out " + folder.path.string(), "nothing to write"},
        {from + "--running-mean 1 --out " + text, "--out"},
        {"translate --from onnx9 --to pytorch --running-var 1 --count 8", "does not say which variance"},
        {"translate --from cudnn --to keras --running-mean 1 --batches 8", "no default momentum"},
        {"translate --from tensorflow --to keras --eps 1e-6", "least of tensorflow"}};
    for (const auto& [command, due] : wrong) {
        const Outcome outcome = bncheck_tool(command);
        INFO(command << ": " << outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find(due) != std::string::npos);
        CHECK(outcome.out.find("; ") != std::string::npos);
    }
    CHECK(bncheck_tool("translate --from pytorch --to tensorflow").out.find("wants at least 1.001e-05") != std::string::npos);
    CHECK(bncheck_tool("translate --from pytorch --to keras --momentum none").out.find("keras has none") != std::string::npos);
    CHECK(bncheck_tool("translate --from pytorch --to caffe --momentum none").out.find("moving_average_fraction = 1") !=
          std::string::npos);
}

TEST_CASE("translate knows cumulative averaging by the momentum that asks for it, and statistics that are frozen") {
    const Outcome caffe = bncheck_tool("translate --from caffe --to pytorch --momentum 1");
    CHECK(caffe.code == 0);
    CHECK(caffe.out.find("momentum = None") != std::string::npos);
    CHECK(bncheck_tool("translate --from pytorch --to caffe --momentum none").out.find("moving_average_fraction = 1") !=
          std::string::npos);
    const Outcome frozen = bncheck_tool("translate --from pytorch --to caffe --momentum 0");
    CHECK(frozen.out.find("moving_average_fraction = 1") == std::string::npos);
    CHECK(frozen.out.find("have no counterpart") != std::string::npos);
    for (const std::string wrong :
         {"--count=-3", "--batches=-1", "--initial-var=-5", "--initial-var nan", "--running-var=-1"}) {
        INFO(wrong);
        CHECK(bncheck_tool("translate --from keras --to pytorch --count 4 --running-var 2,3 " + wrong).code == 2);
    }
}
