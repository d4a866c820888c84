#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// Every check of a report by its tensor.
std::string verdict_of(const Json& report, const std::string& tensor) {
    for (const Json& check : report["cases"][0]["checks"])
        if (check["tensor"] == tensor) return check["verdict"];
    return "absent";
}

}  // namespace

TEST_CASE("double backward: a program is asked for gdy, gx and ggamma, and what it may leave out is skipped") {
    if (!has_python_module("numpy")) return;
    const Folder folder;
    const auto candidate = [&](const std::string& name, const std::string& change) {
        return " --candidate 'exec:/usr/bin/python3 " +
               folder.write(name, "import sys\nsys.path.insert(0, '" BNCHECK_SOURCE
                                  "/scripts/candidates')\n"
                                  "import bncheck_candidate, numpy_candidate\n"
                                  "def second(request):\n"
                                  "    out = numpy_candidate.double_backward(request)\n    " +
                                      change +
                                      "\n    return out\n"
                                      "bncheck_candidate.serve(numpy_candidate.forward, numpy_candidate.backward, second)\n") +
               "'";
    };
    const auto run = [](const std::string& rest) {
        const std::string flags = "run --shape 3,4,2 --checks forward,double-backward --seed 3 --json - ";
        return Json::parse(bncheck_tool(flags + rest + " 2>/dev/null").out);
    };
    const Json right = run(candidate("right.py", "assert request.save_mean is not None and request.dy is not None"));
    for (const char* tensor : {"gdy", "gx", "ggamma"}) CHECK(verdict_of(right, tensor) == "pass");
    CHECK(verdict_of(run(candidate("less.py", "del out['ggamma']")), "ggamma") == "skipped");
    CHECK(run(candidate("without.py", "del out['gx']"))["summary"]["error"] == 1);
    const Json wrong = run(candidate("wrong.py", "out['gx'] = out['gx'] * 1.0001"));
    CHECK(verdict_of(wrong, "gx") == "fail");
    CHECK(verdict_of(wrong, "gdy") == "pass");
    const Json plain = run(candidate("plain.py", "pass") + " --affine false");
    CHECK(verdict_of(plain, "gx") == "pass");
    CHECK(verdict_of(plain, "ggamma") == "absent");
}

TEST_CASE("double backward: a candidate without it is skipped") {
    if (!has_python_module("numpy")) return;
    const Folder folder;
    const std::string program =
        folder.write("first.py", "import sys\nsys.path.insert(0, '" BNCHECK_SOURCE
                                 "/scripts/candidates')\n"
                                 "import bncheck_candidate, numpy_candidate\n"
                                 "bncheck_candidate.serve(numpy_candidate.forward, numpy_candidate.backward)\n");
    CHECK(bncheck_tool("run --shape 3,4,2 --checks double-backward --candidate 'exec:/usr/bin/python3 " + program + "'").code ==
          4);
}

TEST_CASE("double backward: known answers, and the same verdicts at every reference") {
    // x = +-1, eps 3: r = 1/2, xhat = x / 2, s_u = 1/2 and s_g = 1 of u = x, g = 2 x: P(u) = 3 x / 4, P(g) = 3 x / 2, B = 3/2.
    const Folder folder;
    const std::string file = folder.write(
        "known.json",
        R"({"suite": "known", "cases": [{"name": "c", "shape": [2, 1], "dtype": "float64", "eps": 3, "checks": ["double-backward"],
            "data": {"x": {"values": [1, -1]}, "dy": {"values": [2, -2]}, "ddx": {"values": [1, -1]}, "gamma": {"constant": 1},
                     "ddgamma": {"constant": 2}, "ddbeta": {"constant": 5}},
            "expect": {"gdy": {"values": ["51/8", "29/8"]}, "gx": {"values": ["15/16", "-15/16"]}, "ggamma": {"values": ["3/2"]}}}]})");
    CHECK(bncheck_tool("run " + file).code == 0);
    const auto cases = [&](const std::string& reference) {
        const Json report =
            Json::parse(bncheck_tool("run smoke edge -k double-backward --candidate builtin:two_pass --json - --reference " +
                                     reference + " 2>/dev/null")
                            .out);
        std::string text;
        for (const Json& c : report["cases"])
            for (const Json& check : c["checks"])
                text +=
                    check["verdict"].dump() + check.value("class", Json()).dump() + check.value("failed", Json()).dump() + "\n";
        return text;
    };
    CHECK(cases("auto").size() > 1000);
    CHECK(cases("auto") == cases("dd"));
    CHECK(cases("auto") == cases("mpfr256"));
}
