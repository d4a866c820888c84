#include <regex>

#include "renderings.hpp"

namespace {

std::vector<std::string> commands(const std::string& out) {
    std::vector<std::string> lines;
    std::istringstream text(out);
    for (std::string line; std::getline(text, line);)
        if (line.starts_with("::")) lines.push_back(line);
    return lines;
}

std::string undone(std::string text) {
    for (const auto& [code, what] : {std::pair{"%0A", "\n"}, {"%0D", "\r"}, {"%3A", ":"}, {"%2C", ","}, {"%25", "%"}})
        text = std::regex_replace(text, std::regex(code), what);
    return text;
}

Outcome annotated(const Json& report, const std::string& flags = "--annotations github") {
    const Folder folder;
    return bncheck_tool("report -q " + folder.write("r.json", report.dump()) + " " + flags);
}

}  // namespace

TEST_CASE("annotations are the ten worst failures, errors first, and the number of the others") {
    Json report = many_failures(25);
    for (std::size_t k = 0; k < 25; ++k)
        for (Json& check : report["cases"][k]["checks"])
            if (check["verdict"] == "fail") check["utilisation"] = 2.0 + static_cast<double>(k * 7 % 25);
    report["cases"][3]["verdict"] = "error";
    report["cases"][3]["checks"] = Json::array(
        {{{"check", "forward"}, {"tensor", "y"}, {"verdict", "error"}, {"reason", "100% of, it: broke\n::error::x"}}});
    report["cases"][4]["verdict"] = "xpass";
    for (Json& check : report["cases"][4]["checks"])
        if (check["verdict"] == "fail") check["verdict"] = "xpass";
    for (Json& check : report["cases"][5]["checks"])
        if (check["verdict"] == "fail") check["utilisation"] = "inf";
    const Outcome outcome = annotated(counted(report));
    CHECK(outcome.code == 3);
    const std::vector<std::string> lines = commands(outcome.out);
    REQUIRE(lines.size() == 11);
    const auto title = [&](std::size_t k) {
        std::smatch parts;
        REQUIRE(std::regex_match(lines[k], parts, std::regex("::error title=([^:,]*)::(.*)")));
        return undone(parts[1]);
    };
    CHECK(title(0) == "suite-0/case-3");
    CHECK(undone(lines[0]).find("100% of, it: broke\\x0a::error::x") != std::string::npos);
    CHECK(title(1) == "suite-0/case-5");
    for (std::size_t k = 2; k < 10; ++k) {
        std::smatch parts;
        REQUIRE(std::regex_search(lines[k], parts, std::regex(": ([0-9]+) of the bound")));
        CHECK(std::stoul(parts[1]) == 28 - k - (k > 4));  // 26, 25, 24, 22, ...: case 3 had 23
    }
    CHECK(lines[10] == "::notice title=bncheck::and 15 more failures");
    CHECK(annotated(many_failures(10)).out.find("::notice") == std::string::npos);
}

TEST_CASE("annotations: no name makes a command, and none is where nothing failed") {
    Json report = many_failures(10);
    for (std::size_t k = 0; k < 10; ++k) {
        Json& c = report["cases"][k];
        const std::string name = hostile_names()[hostile_names().size() - 10 + k] + "%0A::error::y";
        c["suite"] = name;
        c["id"] = name + "/" + name;
        c["reason"] = c["repro"] = name;
        for (Json& check : c["checks"]) check["reason"] = name;
    }
    report["suites"] = Json::array();
    report["candidate"]["name"] = "\n::error::z";
    const Outcome outcome = annotated(report);
    for (const std::string& line : commands(outcome.out)) {
        CHECK(line.starts_with("::error title="));
        CHECK(line.find("::", 2) == line.find("::fail: "));
        CHECK(line.find("%0A::") == std::string::npos);
    }
    CHECK(commands(outcome.out).size() == 10);
    const Outcome green = bncheck_tool("run smoke -k known-answer --json - 2>/dev/null");
    CHECK(commands(annotated(Json::parse(green.out)).out).empty());
}

TEST_CASE("annotations come by themselves in GitHub Actions, beside a rendering on stdout on stderr") {
    const std::string github = "GITHUB_ACTIONS=true " BNCHECK_BINARY " ";
    const std::string run = "run conditioning -k '^conditioning/mean-1e4-NHWC-1x16x2$' --candidate builtin:textbook -q ";
    CHECK(commands(shell(github + run + "2>/dev/null").out).size() == 1);
    CHECK(commands(shell(github + run + "--no-github").out).empty());
    CHECK(commands(shell("GITHUB_ACTIONS=false " BNCHECK_BINARY " " + run).out).empty());
    const Outcome on_stdout = shell(github + run + "--json - 2>/dev/null");
    CHECK(Json::parse(on_stdout.out)["summary"]["fail"] == 1);
    CHECK(commands(shell(github + run + "--json - 2>&1 >/dev/null").out).size() == 1);
}
