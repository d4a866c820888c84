#include <catch2/catch.hpp>
#include <regex>
#include <set>

#include "../needs.hpp"

namespace {

std::set<std::string> matches(const std::string& text, const std::string& pattern) {
    std::set<std::string> found;
    const std::regex expression(pattern);
    for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match)
        found.insert((*match)[1]);
    return found;
}

std::set<std::string> subcommands() {
    const std::string help = bncheck_tool("--help").out;
    return matches(help.substr(help.find("Subcommands:")), "\n  ([a-z-]+)  ");
}

/// Long options, as the help has them.
std::set<std::string> options(const std::string& command) {
    return matches(bncheck_tool(command + " --help").out, "\n +(?:-[A-Za-z],)?(--[a-z0-9-]+)");
}

bool has(const std::string& text, const std::string& word) { return text.find(word) != std::string::npos; }

}  // namespace

TEST_CASE("manual page and completions have every subcommand and every option of the help") {
    std::string manual = bncheck_tool("manual").out;
    manual = std::regex_replace(manual, std::regex(R"(\\-)"), "-");
    const std::string bash = bncheck_tool("completion bash").out, zsh = bncheck_tool("completion zsh").out;
    const std::set<std::string> commands = subcommands();
    CHECK(commands.size() >= 14);
    CHECK_FALSE(has(manual + bash + zsh, "plugin-worker"));  // which is nobody's to type
    for (const std::string& command : commands) {
        INFO(command);
        const std::size_t section = manual.find(".SS \\fBbncheck " + command + "\\fR");
        REQUIRE(section != std::string::npos);
        const std::string of_manual = manual.substr(section, manual.find(".SS", section + 1) - section);
        const std::size_t line = bash.find("    " + command + ") options='");
        REQUIRE(line != std::string::npos);
        const std::string of_bash = bash.substr(line, bash.find('\n', line) - line);
        const std::size_t part = zsh.find("    " + command + ")\n");
        REQUIRE(part != std::string::npos);
        const std::string of_zsh = zsh.substr(part, zsh.find(";;", part) - part);
        for (const std::string& option : options(command)) {
            INFO(option);
            if (option != "--help") CHECK(has(of_manual, "\\fB" + option + "\\fR"));
            CHECK((has(of_bash, option + " ") || has(of_bash, option + "'")));
            CHECK(has(of_zsh, "'*" + option + "["));
        }
    }
}

TEST_CASE("the manual page is right for troff") {
    need_program("groff");
    const Outcome outcome = shell(std::string(BNCHECK_BINARY) + " manual | groff -man -ww -Tutf8 2>&1 >/dev/null");
    CHECK(outcome.out == "");
}

TEST_CASE("bash completes subcommands, options, values and suites") {
    const Folder folder;
    const std::string script = folder.write("try.sh", "source <(" + std::string(BNCHECK_BINARY) + R"( completion bash)
COMP_LINE=$1; COMP_POINT=${#COMP_LINE}
_bncheck
echo "${COMPREPLY[*]}"
)");
    const auto completed = [&](const std::string& words) { return shell("bash " + script + " 'bncheck " + words + "'").out; };
    CHECK(completed("gradc") == "gradcheck\n");
    CHECK(has(completed(""), "run"));
    CHECK(completed("run --known") == "--known-failures\n");
    CHECK(completed("run --color ") == "auto always never\n");
    CHECK(completed("run smoke -q --convention ker") == "keras\n");
    CHECK(completed("run --require two") == "\n");
    CHECK(completed("run --require text") == "textbook\n");
    CHECK(completed("run --color=al") == "always\n");
    CHECK(completed("run --candidate builtin:tw") == "two_pass\n");  // bash takes what is before the colon for a word
    CHECK(completed("run --candidate=pl") == "plugin:\n");
    CHECK(completed("run --checks forward,back") == "forward,backward\n");
    CHECK(completed("run --dtype bf") == "bfloat16\n");
    CHECK(completed("list cond") == "conditioning\n");
    CHECK(completed("schema k") == "known-failures\n");
    CHECK(completed("run --json ") == "\n");  // a file
}

TEST_CASE("zsh can read its completion") {
    need_program("zsh");
    const Folder folder;
    const std::string script = folder.write("_bncheck", bncheck_tool("completion zsh").out);
    const Outcome outcome = shell("zsh -n " + script);
    CHECK(outcome.out == "");
    CHECK(outcome.code == 0);
}
