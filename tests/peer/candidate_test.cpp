#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../needs.hpp"

using Json = nlohmann::ordered_json;

namespace {

std::string numpy(const std::string& program) { return "--candidate 'exec:/usr/bin/python3 " + program + "' "; }

}  // namespace

TEST_CASE("a right candidate, numpy with float64 inside, passes every suite, of which a third of the cases") {
    need("numpy");
    const Outcome outcome = bncheck_tool("run all -q --shard 2/4 " + numpy("scripts/candidates/numpy_candidate.py"));
    INFO(outcome.out);
    CHECK(outcome.code == 0);
}

TEST_CASE("only wider statistics pass the suite precision, and the textbook's variance not that of conditioning") {
    for (const std::string name : {"two_pass", "welford", "pairwise", "compensated"})
        CHECK(bncheck_tool("run -q precision --candidate builtin:" + name).code == 1);
    CHECK(bncheck_tool("run -q precision --candidate builtin:wide").code == 0);
    CHECK(bncheck_tool("run -q conditioning --candidate builtin:textbook").code == 1);
}

TEST_CASE("each planted bug alone is caught by smoke") {
    need("numpy");
    std::istringstream bugs(shell("/usr/bin/python3 tests/candidates/wrong.py --list").out);
    std::size_t count = 0;
    for (std::string bug; bugs >> bug; ++count) {
        const Outcome outcome = bncheck_tool("run smoke -q " + numpy("tests/candidates/wrong.py --bug " + bug));
        INFO(bug);
        CHECK(outcome.code == (bug == "none" ? 0 : 1));
    }
    CHECK(count == 16);
}

TEST_CASE("a misbehaving candidate spoils its own case alone") {
    need("numpy");
    const auto run = [](const std::string& how) {
        return bncheck_tool("run smoke -k smoke/eps-1e --timeout 2 --json - " +
                            numpy("tests/candidates/misbehaving.py --on smoke/eps-1e-05-train --how " + how));
    };
    const std::vector<std::pair<std::string, std::string>> errors{{"crash", "signal 11"},
                                                                  {"exit", "exit code 3"},
                                                                  {"hang", "did not answer within 2 s"},
                                                                  {"garbage", "not json"},
                                                                  {"array", "[1, 2, 3]"},
                                                                  {"truncated", "cut off"},
                                                                  {"wrong-shape", "has shape"},
                                                                  {"wrong-dtype", "<f8"},
                                                                  {"no-output", "did not write y"},
                                                                  {"error", "the candidate says"},
                                                                  {"wrong-id", "another/case"},
                                                                  {"close-stdout", "was ended by signal 9"},
                                                                  {"endless-line", "more than 16 MiB"},
                                                                  {"chatter-stdout", "starting up"},
                                                                  {"twice", "more than one line"},
                                                                  {"deep", "no JSON object"},
                                                                  {"crash-child", "signal 11"},
                                                                  {"pipe-output", "not a regular file"},
                                                                  {"loop-output", "cannot be read"}};
    for (const auto& [how, word] : errors) {
        const Outcome outcome = run(how);
        INFO(how << " " << outcome.out);
        CHECK(outcome.code == 3);
        const Json report = Json::parse(outcome.out);
        CHECK(report["summary"]["error"] == 1);
        CHECK(report["summary"]["pass"] == report["summary"]["cases"].get<int>() - 1);
        CHECK(outcome.out.find(word) != std::string::npos);
    }
    for (const std::string how : {"chatter-stderr", "fortran", "big-endian", "skip", "slow", "long-answer"})
        CHECK(run(how).code == 0);
    // A program that ends after its answer, or writes more later, is started again, and the next case is not to blame.
    CHECK(run("leave-after").code == 0);
    const Outcome chatter = run("chatter-after");
    // 3 where it came together with the answer, or so late that it was taken for the one to the case's next pass.
    CHECK((chatter.code == 0 || chatter.code == 3));
    CHECK(chatter.out.find("done") != std::string::npos);
    const Json cases = Json::parse(chatter.out)["cases"];
    for (const Json& c : cases)
        if (c["id"] != "smoke/eps-1e-05-train") CHECK(c["verdict"] == "pass");
    // A pass that is skipped leaves the others' verdicts.
    const Outcome skipped = run("skip-backward");
    CHECK(skipped.code == 0);
    const Json of_case = Json::parse(skipped.out)["cases"][0];
    REQUIRE(of_case["id"] == "smoke/eps-1e-05-train");
    CHECK(of_case["verdict"] == "pass");
    for (const Json& check : of_case["checks"]) CHECK(check["verdict"] == (check["check"] == "backward" ? "skipped" : "pass"));
    for (const std::string how : {"hello-garbage", "hello-silent", "hello-exit"}) CHECK(run(how).code == 3);
}

TEST_CASE("the nine ONNX node tests are known answers") {
    need("onnx");
    const Folder folder;
    const std::string file = (folder.path / "onnx.json").string();
    const Outcome made = shell("scripts/onnx_vectors --out " + file);
    if (made.code == 2) skip(made.out);
    const Json report = Json::parse(bncheck_tool("run --json - " + file).out);
    CHECK(report["summary"]["cases"] == 9);
    CHECK(report["summary"]["pass"] == 9);
}
