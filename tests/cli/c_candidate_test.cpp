#include <catch2/catch.hpp>

#include "../needs.hpp"
#include "../readme.hpp"

TEST_CASE("the candidate in C is compiled and run by the commands of the README, passes, and fails when it is broken") {
    need_program("cc");
    if (shell("echo '#include <cjson/cJSON.h>' | cc -E -").code != 0) skip("Debian's libcjson-dev is not installed");
    const std::vector<std::string> commands = commands_of_readme("c_candidate");
    REQUIRE(commands.size() == 2);
    const Top top;
    top.copy("scripts/candidates/c_candidate.c");
    for (const std::string& command : commands) {
        const Outcome outcome = top.run(command);
        INFO(command << "\n" << outcome.out);
        CHECK(outcome.code == 0);
    }
    CHECK(top.run(commands[1] + " --json -").out.find("\"name\": \"C example\"") != std::string::npos);

    top.copy("scripts/candidates/c_candidate.c", "(r->count - 1.0)", "(r->count - 0.0)");
    CHECK(top.run(commands[0]).code == 0);
    const Outcome outcome = top.run(commands[1]);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("running running_var") != std::string::npos);
}

TEST_CASE("the candidate in C answers what it cannot do with a reason") {
    need_program("cc");
    if (shell("echo '#include <cjson/cJSON.h>' | cc -E -").code != 0) skip("Debian's libcjson-dev is not installed");
    const Top top;
    const Outcome compiled = shell("cc -std=c11 -Wall -Wextra -Wpedantic -Werror -o " + (top.path / "c_candidate").string() +
                                   " scripts/candidates/c_candidate.c -lcjson -lm");
    INFO(compiled.out);
    REQUIRE(compiled.code == 0);
    const auto answer = [&](const std::string& line) { return top.run("printf '%s\\n' '" + line + "' | ./c_candidate").out; };
    const std::string run = R"({"op": "run", "id": "i", "pass": "forward", "dtype": "float32", "layout": "NCHW", )";
    CHECK(answer("garbage").find(R"("status":"error")") != std::string::npos);
    CHECK(answer(R"({"op": "run", "pass": "double-backward"})").find(R"("status":"skipped")") != std::string::npos);
    CHECK(answer(run + R"("shape": [1e9, 1e9]})").find("the shape is none that fits here") != std::string::npos);
    CHECK(answer(run + R"("shape": [2, 3], "inputs": {"x": "/no/such/file"}})").find("cannot be read") != std::string::npos);
    CHECK(top.run("(ulimit -v 1000000; printf '%s\\n' '" + run +
                  R"("shape": [1000000, 1000], "outputs": {"y": "y.npy"}}' | ./c_candidate))")
              .out.find(R"({"id":"i","status":"error","reason":"out of memory"})") != std::string::npos);
}
