#include <catch2/catch.hpp>
#include <sstream>

#include "../needs.hpp"

namespace {

/// What a command shows on a terminal, stdout and stderr together.
std::string on_terminal(const std::string& command, const std::string& variables = "") {
    return shell(variables + " script -qec \"" BNCHECK_BINARY " " + command + "\" /dev/null < /dev/null").out;
}

std::size_t longest_line(const std::string& text) {
    std::size_t longest = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
    return longest;
}

}  // namespace

TEST_CASE("a terminal gets colours, unless NO_COLOR or --color says otherwise; a pipe gets none") {
    need_program("script");
    const std::string green = "\x1b[32m", run = "run smoke -k known";
    CHECK(on_terminal(run).find(green) != std::string::npos);
    CHECK(on_terminal(run, "NO_COLOR=1").find("\x1b[3") == std::string::npos);
    CHECK(on_terminal(run, "NO_COLOR=").find(green) != std::string::npos);  // empty says nothing
    CHECK(on_terminal(run + " --color never").find("\x1b[3") == std::string::npos);
    CHECK(bncheck_tool(run).out.find('\x1b') == std::string::npos);
    CHECK(bncheck_tool(run + " --color always").out.find(green) != std::string::npos);
}

TEST_CASE("a narrow terminal gets narrower lines") {
    need_program("script");
    const std::string run = "run smoke -k 'edge|known|eps' --color never", wide = on_terminal(run, "COLUMNS=160"),
                      narrow = on_terminal(run, "COLUMNS=100");
    CHECK(longest_line(narrow.substr(0, narrow.find("cases, "))) < longest_line(wide.substr(0, wide.find("cases, "))));
    // Where there is no room for both in a line the figures are below the name.
    CHECK(on_terminal(run, "COLUMNS=60").find(" smoke/known-answer\r\n    ") != std::string::npos);
    CHECK(narrow.find(" smoke/known-answer\r\n    ") == std::string::npos);
}

TEST_CASE("on a terminal a line tells how far a long run is, and is gone in the end") {
    need_program("script");
    need("numpy");
    const std::string run =
        "run smoke eps momentum -q --candidate 'exec:/usr/bin/python3 scripts/candidates/numpy_candidate.py' --json -";
    const std::string shown = on_terminal(run);
    CHECK(shown.find("/615  ") != std::string::npos);
    CHECK(shown.find(" a second, ") != std::string::npos);
    CHECK(shown.find(" s left  ") != std::string::npos);
    const std::size_t last = shown.rfind("/615  ");
    CHECK(shown.find("\r\x1b[K", last) != std::string::npos);
    CHECK(bncheck_tool("run smoke -k known").out.find("\r") == std::string::npos);
}

TEST_CASE("run -v tells how long the stages took, and every tensor") {
    const std::string shown = bncheck_tool("run smoke -k known -v").out;
    CHECK(shown.find("time of all cases: ") != std::string::npos);
    for (const char* stage : {"data ", "candidate ", "judge ", "gradients ", "properties "})
        CHECK(shown.find(stage, shown.find("time of all cases")) != std::string::npos);
    CHECK(bncheck_tool("run smoke -k known").out.find("time of all cases") == std::string::npos);
}
