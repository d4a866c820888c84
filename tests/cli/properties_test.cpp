#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

void need_numpy() {
    if (has_python_module("numpy")) return;
    std::cout << "skipped: Debian's python3-numpy is not installed\n";
    std::exit(77);
}

}  // namespace

TEST_CASE("properties and determinism work alone, from a case file and from the command line") {
    const Folder folder;
    for (const std::string check : {"properties", "determinism"}) {
        const std::string file = folder.write(
            "s.json", R"({"suite": "s", "cases": [{"name": "c", "shape": [4, 3], "checks": [")" + check + "\"]}]}");
        for (const std::string& arguments : {file, "--shape 4,3 --checks " + check}) {
            const Outcome outcome = bncheck_tool("run --json - " + arguments);
            CHECK(outcome.code == 0);
            const Json report = Json::parse(outcome.out);
            CHECK(report["summary"]["pass"] == 1);
            for (const Json& c : report["cases"][0]["checks"]) {
                CHECK(c["check"] == check);
                CHECK(c["verdict"] == "pass");
                CHECK(c.contains("property") == (check == "properties"));
            }
        }
    }
}

TEST_CASE("a program without the mean of dy in dx fails the sum of dx, and the text says so") {
    need_numpy();
    const Outcome outcome = bncheck_tool(
        "run --shape 4,3,5 --checks properties --candidate 'exec:/usr/bin/python3 tests/candidates/wrong.py "
        "--bug dx-no-mean-term'");
    INFO(outcome.out);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("properties dx sum-dx-zero") != std::string::npos);
    CHECK(outcome.out.find("properties dx sum-dx-xhat") == std::string::npos);
}

TEST_CASE("a program is told its number of threads, and one whose result depends on it fails determinism") {
    need_numpy();
    const Folder folder;
    const std::string program = folder.write("threads.py", R"(
import sys
sys.path.insert(0, ")" BNCHECK_SOURCE R"(/scripts/candidates")
import bncheck_candidate, numpy_candidate
def forward(request):
    outputs = numpy_candidate.forward(request)
    outputs["y"].flat[4] += request.threads == 1
    return outputs
bncheck_candidate.serve(forward, numpy_candidate.backward)
)");
    const Outcome outcome =
        bncheck_tool("run --shape 4,3 --checks determinism --json - --candidate 'exec:/usr/bin/python3 " + program + "'");
    CHECK(outcome.code == 1);
    const Json report = Json::parse(outcome.out);
    const Json& y = report["cases"][0]["checks"][0];
    CHECK(y["tensor"] == "y");
    CHECK(y["verdict"] == "fail");
    CHECK(y["reason"] == "a run on one thread differs from those on several");
    CHECK(y["worst"]["index"] == Json::array({1, 1}));
    CHECK(report["cases"][0]["checks"][1]["verdict"] == "pass");
}
