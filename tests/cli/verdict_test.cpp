#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

Json report_of(const std::string& arguments) { return Json::parse(bncheck_tool(arguments + " --json - 2>/dev/null").out); }

bool leaves_open(const Json& report, const std::string& what) {
    const Json& open = report["summary"]["not_tested"];
    return std::any_of(open.begin(), open.end(), [&](const Json& text) { return text.get<std::string>().find(what) == 0; });
}

/// What a verdict is made of, case by case.
std::string verdicts(const Json& report) {
    std::string text;
    for (const Json& c : report["cases"])
        for (const Json& check : c["checks"]) {
            text +=
                c["id"].get<std::string>() + " " + check["check"].get<std::string>() + " " + check["tensor"].get<std::string>();
            for (const char* key : {"verdict", "class", "failed", "inconclusive"})
                text += " " + (check.contains(key) ? check[key].dump() : "-");
            text += "\n";
        }
    return text;
}

}  // namespace

TEST_CASE("every reference gives the same verdicts, of a candidate that passes and of one that fails") {
    for (const std::string candidate : {"fast", "textbook"}) {
        const std::string run = "run smoke precision --candidate builtin:" + candidate;
        const std::string automatic = verdicts(report_of(run));
        CHECK(automatic == verdicts(report_of(run + " --reference dd")));
        CHECK(automatic == verdicts(report_of(run + " --reference mpfr256")));
        CHECK((automatic.find("\"fail\"") != std::string::npos) == (candidate == "textbook"));
    }
}

TEST_CASE("the report counts the elements that each level decided") {
    const auto decided = [](const std::string& flags) {
        std::array<std::size_t, 3> counts{};
        const Json report = report_of("run --shape 8,4,14,14 --checks forward,backward " + flags);
        for (const Json& check : report["cases"][0]["checks"]) {
            std::size_t all = 0, k = 0;
            for (const char* level : {"double", "double-double", "mpfr"}) {
                const std::size_t n = check["decided"][level].get<std::size_t>();
                counts[k++] += n;
                all += n;
            }
            CHECK(all == check["elements"].get<std::size_t>());
        }
        return counts;
    };
    const auto automatic = decided("");
    CHECK(automatic[0] > 10000);  // of two tensors of 6272 elements, and four channels of four more
    CHECK(decided("--reference dd")[0] == 0);
    CHECK(decided("--reference mpfr256")[1] == 0);
    CHECK(decided("--dtype float64")[1] > 10000);
}

TEST_CASE("an allowance of the command line is added to the bound, marked, and in the repro line") {
    const std::string run = "run precision -k wide-mean-1e4-NCHW-4x16x2 --candidate builtin:two_pass";
    CHECK(bncheck_tool(run).code == 1);
    const std::string allow = " --allow y:ulp=1e9 --allow dx:ulp=1e9";
    const Json report = report_of(run + allow);
    for (const Json& check : report["cases"][0]["checks"]) {
        const bool allowed = check["tensor"] == "y" || check["tensor"] == "dx";
        CHECK(check.contains("allow") == allowed);
        if (allowed) CHECK(check["verdict"] == "pass");
    }
    CHECK(report["cases"][0]["repro"].get<std::string>().find("--allow y:ulp=1") != std::string::npos);
    CHECK(bncheck_tool(run + allow).out.find("(hand-set allowance)") != std::string::npos);
    for (const std::string bad : {"z:ulp=1", "y:4", "y:ulp=x", "y:ulp=-1"}) CHECK(bncheck_tool("run --allow " + bad).code == 2);
}

TEST_CASE("a report says what was not tested") {
    const Json lattice = report_of("run lattice");
    CHECK(leaves_open(lattice, "accuracy on ordinary data"));
    CHECK(leaves_open(lattice, "inference"));
    CHECK(report_of("run all")["summary"]["not_tested"].empty());
    const Json narrow = report_of("run --shape 4,1,8 --dy constant:1");
    for (const char* what : {"more than one channel", "dx and dgamma", "an odd number", "more than 64", "a mean far", "NHWC"})
        CHECK(leaves_open(narrow, what));
    const Json forward = report_of("run --shape 5,3,20 --checks forward");
    CHECK(leaves_open(forward, "the backward pass"));
    CHECK_FALSE(leaves_open(forward, "more than one channel"));
    CHECK(bncheck_tool("run lattice -q").out.find("not tested: ") != std::string::npos);
}

TEST_CASE("a tensor that was never provided is named") {
    const Folder folder;
    const std::string candidate = folder.write("only_y.py", R"(import sys
sys.path.insert(0, "scripts/candidates")
import numpy_candidate
from bncheck_candidate import serve
serve(lambda request: {"y": numpy_candidate.forward(request)["y"]}, modes=["train"])
)");
    const Json report = report_of("run smoke --candidate 'exec:/usr/bin/python3 " + candidate + "'");
    CHECK(leaves_open(report, "running_mean, running_var, save_invstd, save_mean, save_var (never provided)"));
}

TEST_CASE("a tensor larger than a candidate could be given whole is verified channel by channel") {
    // 200 million elements, 1.6 GB of x and dy, within 1 GB of addresses. (Sanitizers need terabytes of those.)
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    const Outcome outcome = bncheck_tool("run --shape 16,200,25,25 -q");
#else
    const Outcome outcome = shell("ulimit -v 1000000; " BNCHECK_BINARY " run --shape 16,20000,25,25 -q");
#endif
    CHECK(outcome.code == 0);
    const Json refused = report_of(
        "run --shape 100000,1000000,2 --candidate 'exec:/usr/bin/python3 "
        "scripts/candidates/numpy_candidate.py'");
    CHECK(refused["cases"][0]["verdict"] == "skipped");
}

TEST_CASE("bench prints its figures beside a plain copy") {
    const Outcome verify = bncheck_tool("bench verify --batch 1 --rounds 1");
    CHECK(verify.code == 0);
    for (const char* text : {"1x64x112x112", "1x2048x7x7", "copy GB/s", "mpfr256 M/s", "backward: "})
        CHECK(verify.out.find(text) != std::string::npos);
    CHECK(bncheck_tool("bench scaling --elements 1e5").out.find("100000") != std::string::npos);
    CHECK(bncheck_tool("bench nothing").code == 2);
}
