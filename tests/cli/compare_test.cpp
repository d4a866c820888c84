#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

namespace {

/// Saves the outputs of every exported case under a folder.
void compute(const fs::path& root, const std::string& how = "") {
    const Outcome outcome = shell("/usr/bin/python3 tests/candidates/saved_outputs.py " + root.string() + " " + how);
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
}

void python(const std::string& program, const fs::path& folder) {
    const Outcome outcome = shell("cd " + folder.string() + " && /usr/bin/python3 -c '" + program + "'");
    INFO(outcome.out);
    REQUIRE(outcome.code == 0);
}

Json report_of(const std::string& arguments) {
    const Outcome outcome = shell(BNCHECK_BINARY " " + arguments + " --json - 2>/dev/null");
    INFO(arguments << "\n" << outcome.out);
    return Json::parse(outcome.out);
}

/// verdict and reason of each tensor under the checks of a pass
std::map<std::string, std::string> verdicts(const Json& c, const std::string& check) {
    std::map<std::string, std::string> result;
    for (const Json& row : c["checks"])
        if (row["check"] == check)
            result[row["tensor"]] =
                row["verdict"].get<std::string>() + (row.contains("reason") ? ": " + row["reason"].get<std::string>() : "");
    return result;
}

}  // namespace

TEST_CASE("compare takes every form of a case, and of one case the folder or archive itself") {
    need("numpy");
    const Folder folder;
    const std::string root = (folder.path / "out").string();
    const std::string file = folder.write("mine.json", R"({"suite": "mine", "cases": [{"name": "a", "shape": [3, 4]},
        {"name": "b-{mode}", "matrix": {"mode": ["train", "eval"]}, "shape": [2, 3, 4], "layout": "NHWC"}]})");
    REQUIRE(bncheck_tool("export " + file + " " + root).code == 0);
    REQUIRE(bncheck_tool("export --shape 5,2 --eps 1e-3 " + root).code == 0);
    compute(root, "--plain");
    CHECK(bncheck_tool("compare " + file + " " + root).code == 0);
    CHECK(report_of("compare " + file + " " + root)["summary"]["pass"] == 3);
    for (const std::string& words :
         std::vector<std::string>{file + ":b-eval " + root, file + ":mine/a " + root, "--shape 5,2 --eps 1e-3 " + root,
                                  root + " --shape 5,2 --eps 1e-3", file + ":a " + root + "/mine/a",
                                  file + " -k b-train " + root + "/mine/b-train"}) {
        INFO(words);
        const Json report = report_of("compare " + words);
        CHECK(report["summary"]["pass"] == 1);
        const std::string repro = report["cases"][0]["repro"];
        CHECK(bncheck_tool(repro.substr(repro.find(' '))).code == 0);
    }
    python("import numpy, glob; numpy.savez(\"../../../b.npz\", **{n[:-4]: numpy.load(n) for n in glob.glob(\"*.npy\")})",
           folder.path / "out/mine/b-eval");
    const std::string archive = (folder.path / "b.npz").string();
    CHECK(bncheck_tool("compare " + file + ":b-eval " + archive).code == 0);
    CHECK(bncheck_tool("compare " + file + ":b-train " + archive).code == 1);  // of another case
    CHECK(bncheck_tool("compare " + file + " " + archive).code == 2);          // of one case, where three are named
    // Another case's flags than those that were exported: not judged as if they were the same.
    const Outcome outcome = bncheck_tool("compare --shape 5,2 --eps 1e-4 " + root);
    CHECK(outcome.code == 3);
    CHECK(outcome.out.find("has eps 0.001 where 0.0001 is judged") != std::string::npos);
    // Judged by another convention, of which only the variance that is averaged differs.
    const Json by_keras = report_of("compare --shape 5,2 --eps 1e-3 --convention keras " + root)["cases"][0];
    for (const auto& [tensor, verdict] : verdicts(by_keras, "running"))
        CHECK(verdict == (tensor == "running_var" ? "fail" : "pass"));
    for (const auto& [tensor, verdict] : verdicts(by_keras, "forward")) CHECK(verdict == "pass");
    CHECK(bncheck_tool("compare --shape 5,2 --eps 1e-3 --convention cudnn " + root).code == 0);
    const Outcome inputs = bncheck_tool("compare --shape 5,2 --eps 1e-3 " + root + "/flags/case/inputs");
    CHECK(inputs.code == 3);
    CHECK(inputs.out.find("is a folder of inputs") != std::string::npos);
    CHECK(bncheck_tool("compare " + file + " --seed 1 " + root).code == 3);
    const Outcome other_data = bncheck_tool("compare --shape 5,2 --eps 1e-3 --x normal:mean=1 " + root);
    CHECK(other_data.code == 3);
    CHECK(other_data.out.find("holds another x than is judged") != std::string::npos);
}
