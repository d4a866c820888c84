#include <catch2/catch.hpp>
#include <future>

#include "../needs.hpp"

namespace {

Outcome check_protocol(const std::string& program) {
    return bncheck_tool("protocol-check --timeout 2 --candidate 'exec:/usr/bin/python3 " + program + "'");
}

}  // namespace

TEST_CASE("protocol-check finds nothing wrong with a right candidate, in any of its ways to be right") {
    need("numpy");
    const Outcome numpy = check_protocol("scripts/candidates/numpy_candidate.py");
    INFO(numpy.out);
    CHECK(numpy.code == 0);
    CHECK(numpy.out.find("double-backward, eval, bfloat16, NHWC") != std::string::npos);
    for (const std::string how : {"fortran", "big-endian", "chatter-stderr", "long-answer"}) {
        const Outcome outcome = check_protocol("tests/candidates/misbehaving.py --small --how " + how);
        INFO(how << " " << outcome.out);
        CHECK(outcome.code == 0);
    }
}

TEST_CASE("protocol-check: the modules for candidates keep to the hello, whatever the functions do") {
    need("numpy");
    const Folder folder;
    const std::string python = folder.write("p.py", R"(
import bncheck_candidate, numpy_candidate
bncheck_candidate.serve(numpy_candidate.forward, dtypes=["float32"], layouts=["NHWC"], modes=["train"])
)");
    const Outcome outcome = bncheck_tool(
        "protocol-check --candidate 'exec:/usr/bin/env PYTHONPATH=scripts/candidates /usr/bin/python3 " + python + "'");
    INFO(outcome.out);
    CHECK(outcome.code == 0);
    CHECK(outcome.out.find("a type that its hello does not name") != std::string::npos);
    const std::string javascript = folder.write("p.mjs", "import {serve} from '" BNCHECK_SOURCE
                                                         "/scripts/candidates/bncheck_candidate.mjs"
                                                         R"(';
const forward = request => ({y: request.inputs.x, running_mean: request.inputs.running_mean, running_var: request.inputs.running_var});
await serve({forward}, {name: "mine", dtypes: ["float32"]});
)");
    const Outcome node = bncheck_tool("protocol-check --candidate 'exec:node " + javascript + "'");
    INFO(node.out);
    CHECK(node.code == 0);
}

TEST_CASE("protocol-check names what is wrong with a candidate") {
    need("numpy");
    const std::vector<std::pair<std::string, std::string>> faults{{"crash", "signal 11"},
                                                                  {"exit", "exit code 3"},
                                                                  {"hang", "3 messages in a row got no answer"},
                                                                  {"garbage", "no JSON object"},
                                                                  {"array", "no JSON object"},
                                                                  {"truncated", "cut off"},
                                                                  {"wrong-shape", "has shape"},
                                                                  {"wrong-dtype", "where float32 ('<f4') is due"},
                                                                  {"leave-after", "it ended with exit code 0"},
                                                                  {"twice", "more than one line"},
                                                                  {"deep", "no JSON object"},
                                                                  {"pipe-output", "not a regular file"},
                                                                  {"no-output", "did not write y"},
                                                                  {"error", "it fails in what its hello claims"},
                                                                  {"wrong-id", "not that of the request"},
                                                                  {"chatter-after", "done"},
                                                                  {"endless-line", "more than 16 MiB"},
                                                                  {"hello-garbage", "no JSON object"},
                                                                  {"hello-silent", "did not answer within 2 s"},
                                                                  {"hello-exit", "exit code 3"}};
    // Several at a time: most of it is waiting.
    std::vector<std::future<Outcome>> outcomes;
    for (std::size_t k = 0; k < faults.size() + 4; ++k) {
        if (k >= 4) outcomes[k - 4].wait();
        if (k < faults.size())
            outcomes.push_back(std::async(std::launch::async, check_protocol,
                                          "tests/candidates/misbehaving.py --small --how " + faults[k].first));
    }
    for (std::size_t k = 0; k < faults.size(); ++k) {
        const auto& [how, words] = faults[k];
        const Outcome outcome = outcomes[k].get();
        INFO(how << " " << outcome.out);
        CHECK(outcome.code == 3);
        CHECK(outcome.out.find(words) != std::string::npos);
    }
    CHECK(bncheck_tool("protocol-check --candidate builtin:fast").code == 2);
    CHECK(bncheck_tool("protocol-check --candidate exec:/no/such/program").code == 3);
}

TEST_CASE("protocol-check reads a hello key by key") {
    need("numpy");
    const Folder folder;
    const auto says = [&](const std::string& hello) {
        const std::string program =
            folder.write("p.py", "import sys\nfor line in sys.stdin:\n    print('" + hello + "', flush=True)\n");
        return check_protocol(program);
    };
    const std::string lists = R"("dtypes": ["float32"], "layouts": ["NCHW"], "modes": ["train"])";
    for (const auto& [hello, words] : std::vector<std::pair<std::string, std::string>>{
             {"{}", R"("bncheck" is missing)"},
             {R"({"bncheck": 2})", R"("bncheck" is 2)"},
             {R"({"bncheck": 1, )" + lists + "}", R"("passes" is missing)"},
             {R"({"bncheck": 1, )" + lists + R"(, "passes": "forward"})", "no array"},
             {R"({"bncheck": 1, )" + lists + R"(, "passes": ["forwards"]})", "did you mean 'forward'?"},
             {R"({"bncheck": 1, )" + lists + R"(, "passes": ["forward"], "convention": "torch"})",
              R"("convention" is "torch")"},
             {R"({"bncheck": 1, )" + lists + R"(, "passes": ["forward"], "ftz": 1})", R"("ftz" is 1)"},
             {R"({"bncheck": 1, "status": "error", "reason": "no licence"})", "no licence"}}) {
        const Outcome outcome = says(hello);
        INFO(hello << " " << outcome.out);
        CHECK(outcome.code == 3);
        CHECK(outcome.out.find(words) != std::string::npos);
    }
}
