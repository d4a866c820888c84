#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../needs.hpp"
#include "../readme.hpp"

using Json = nlohmann::ordered_json;

namespace {

const std::string struck = "smoke/eps-1e-05-train";

Outcome run(const std::string& how, const std::string& more = "") {
    return shell("BNCHECK_MISBEHAVE=" + how +
                 " BNCHECK_MISBEHAVE_ON=eps-1e-05 " BNCHECK_BINARY
                 " run smoke -k 'smoke/(eps|lattice-float32)' --checks forward --timeout 2 --json - "
                 "--candidate plugin:" MISBEHAVING_PLUGIN " " +
                 more);
}

/// A report without the case that was struck, and without what is not of a case.
Json others(const Outcome& outcome) {
    const Json report = Json::parse(outcome.out);
    Json cases = Json::array();
    for (const Json& c : report["cases"])
        if (c["id"] != struck) cases.push_back(c);
    return cases;
}

}  // namespace

TEST_CASE("whatever a plugin does in a case is named there, costs that case alone, and the run ends with 3") {
    const Outcome right = run("nothing");
    INFO(right.out);
    REQUIRE(right.code == 0);
    REQUIRE(others(right).size() > 4);
    const std::vector<std::pair<std::string, std::string>> misdeeds {
        {"segfault", "signal 11 (Segmentation fault)"}, {"stack-overflow", "signal 11"}, {"abort", "signal 6 (Aborted)"},
            {"divide-by-zero", "signal 8"}, {"exit", "called exit(0)"}, {"quick-exit", "called quick_exit"},
            {"raise-segv", "signal 11"}, {"write-zero-after", "4404 bytes after its end"},
            {"_exit", "ended with exit code 0 before it answered"}, {"spin", "did not answer within 2 s"},
            {"throw", "C++ exception through the C interface: \\\"thrown on purpose"},
            {"throw-int", "C++ exception through the C interface"}, {"throw-noexcept", "thrown on purpose\\\" go uncaught"},
            {"throw-in-thread", "go uncaught"}, {"error", "not today"}, {"long-error", "xxxx"}, {"status-77", "returned 77"},
            {"write-after", "out of bounds of y: 4 bytes after its end"}, {"write-far-after", "memory beyond the end of y"},
            {"write-before", "out of bounds of y: 4 bytes before its start"}, {"write-input", "wrote to its input x"},
            {"unwritten", "left 1 of the 72 elements of y unwritten, the first at [1,3,0,0]"},
            {"rounding-mode", "the rounding mode (upward)"},
#if defined(__SSE__)
            {"sse-rounding-mode", "the rounding mode (downward)"}, {"sse-trap", "the trapping of floating-point exceptions"},
            {"flush-to-zero", "subnormal results"}, {"denormals-are-zero", "subnormal operands"},
#endif
        {
            "trap", "the trapping of floating-point exceptions"
        }
    };
    for (const auto& [how, words] : misdeeds) {
        const Outcome outcome = run(how);
        INFO(how << " " << outcome.out);
        CHECK(outcome.code == 3);
        CHECK(outcome.out.find(words) != std::string::npos);
        CHECK(others(outcome) == others(right));
        const Json report = Json::parse(outcome.out);
        CHECK(report["summary"]["error"] == 1);
    }
    CHECK(run("skip").code == 0);
    // What is no plugin's business beyond its own process, and is none of the next case's.
    for (const std::string how : {"close-stdin", "alarm", "fork-exit", "fork-return"}) {
        INFO(how);
        CHECK(run(how).code == 0);
    }
    const Outcome chatter = run("stdout");  // which belongs to the protocol, and goes to stderr
    CHECK(chatter.code == 0);
    CHECK(Json::parse(chatter.out)["environment"]["candidate_stderr"].get<std::string>().find("chatter") != std::string::npos);
}

TEST_CASE("a plugin that cannot be loaded is told why, and how to do better") {
    for (const auto& [how, words] :
         std::vector<std::pair<std::string, std::string>>{{"describe-null", "null pointer"},
                                                          {"describe-version", "version 99"},
                                                          {"describe-size", "8 bytes"},
                                                          {"describe-no-run", "no function run"},
                                                          {"describe-crash", "signal 11"},
                                                          {"describe-throw", "thrown on purpose"},
                                                          {"describe-rounding", "rounding mode (upward) when it is loaded"}}) {
        const Outcome outcome = run(how);
        INFO(how << " " << outcome.out);
        CHECK(outcome.code == 3);
        CHECK(outcome.out.find(words) != std::string::npos);
    }
#if defined(__SSE__)
    CHECK(run("describe-flush").out.find("set .ftz = 1") != std::string::npos);  // as -ffast-math does
    CHECK(run("describe-flush-told").code == 0);
#endif
    const Folder folder;
    const Outcome text = bncheck_tool("run --candidate plugin:" + folder.write("mine.so", "not a library"));
    CHECK(text.code == 3);
    CHECK(text.out.find("cannot be loaded") != std::string::npos);
    CHECK(bncheck_tool("run --candidate plugin:" + folder.path.string() + "/none.so").code == 2);
    CHECK(bncheck_tool("run --candidate plugin:").code == 2);
}

TEST_CASE("any number of processes gives the same report, with the same misdeeds in it") {
    const auto cases_of = [](const Outcome& outcome) { return Json::parse(outcome.out)["cases"]; };
    const Json one = cases_of(run("segfault", "-j 1"));
    CHECK(cases_of(run("segfault", "-j 2")) == one);
    CHECK(cases_of(run("segfault", "-j 5")) == one);
    const Json first = cases_of(run("segfault", "--fail-fast")), again = cases_of(run("segfault", "--fail-fast -j 4"));
    CHECK(first == again);
    CHECK(first.back()["id"] == struck);
}

TEST_CASE("the plugin in C is compiled and run by the commands of the README, passes, and fails when it is broken") {
    need_program("cc");
    const std::vector<std::string> commands = commands_of_readme("two_pass.so");
    REQUIRE(commands.size() == 2);
    const Top top;
    top.copy("scripts/plugins/two_pass.c");
    for (const std::string& command : commands) {
        const Outcome outcome = top.run(command);
        INFO(command << "\n" << outcome.out);
        CHECK(outcome.code == 0);
    }
    const Json report = Json::parse(top.run(commands[1] + " --json -").out);
    CHECK(report["candidate"]["name"] == "two_pass.c");
    CHECK(report["summary"]["pass"] > 60);
    top.copy("scripts/plugins/two_pass.c", "variance += d * d", "variance += d");
    CHECK(top.run(commands[0]).code == 0);
    CHECK(top.run(commands[1]).code == 1);
}
