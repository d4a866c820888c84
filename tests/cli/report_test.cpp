#include <filesystem>

#include "renderings.hpp"

namespace {

namespace fs = std::filesystem;

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

Outcome reported(const Json& report, const std::string& flags = "") {
    const Folder folder;
    return bncheck_tool("report " + folder.write("r.json", report.dump()) + " " + flags);
}

}  // namespace

TEST_CASE("report shows what the run showed, renders what it rendered, and exits as it did") {
    const Folder folder;
    const auto at = [&](const char* name) { return (folder.path / name).string(); };
    for (const std::string run :
         {"run conditioning -k 'N...-1x16x2$' --candidate builtin:textbook", "run smoke -k eps", "run smoke -k 'eps|known' -v",
          "run smoke -k ranks -q --strict", "gradcheck smoke -k known -v",
          "gradcheck --shape 4,3,5 --candidate builtin:textbook",
          "run conditioning -k 'N...-1x16x2$' --candidate builtin:textbook --require sequential --strict -q",
          "run smoke -k eps --candidate 'exec:/usr/bin/python3 tests/candidates/hostile.py'"}) {
        INFO(run);
        const Outcome shown =
            bncheck_tool(run + " --json " + at("r.json") + " --junit " + at("a.xml") + " --markdown " + at("a.md"));
        const std::string style = std::string(run.find(" -v") != std::string::npos ? " -v" : "") +
                                  (run.find(" -q") != std::string::npos ? " -q" : "");
        const Outcome again =
            bncheck_tool("report " + at("r.json") + style + " --junit " + at("b.xml") + " --markdown " + at("b.md"));
        CHECK(again.out == shown.out);
        CHECK(again.code == shown.code);
        CHECK(read_text(at("a.xml")) == read_text(at("b.xml")));
        CHECK(read_text(at("a.md")) == read_text(at("b.md")));
        CHECK(read_text(at("a.xml")).size() > 500);
        CHECK(read_text(at("a.md")).size() > 200);
        CHECK(bncheck_tool("report - --junit - < " + at("r.json")).out == read_text(at("a.xml")));
        CHECK(bncheck_tool("report - --markdown - < " + at("r.json")).out == read_text(at("a.md")));
    }
    CHECK(files_in(folder.path) == 5);
}

TEST_CASE("report of a shard exits as the shard did, and what is no file of JSON is wrong usage") {
    const Folder folder;
    const std::string file = (folder.path / "r.json").string();
    CHECK(bncheck_tool("run smoke -k known-answer -q --shard 1/7 --json " + file).code == 0);
    CHECK(bncheck_tool("report -q " + file).code == 0);
    for (const char* command : {"report /dev/null", "diff /dev/null /dev/null", "merge /dev/null", "run /dev/null"}) {
        const Outcome outcome = bncheck_tool(command);
        INFO(outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find("internal") == std::string::npos);
    }
    CHECK(bncheck_tool("list smoke -k nothing").out.find("no case was selected") != std::string::npos);
    CHECK(bncheck_tool("run $'\\e[31mfoo'").out.find('\x1b') == std::string::npos);
}

TEST_CASE("report exits as design says of each verdict") {
    Json report = many_failures(1);
    const auto code = [&](const char* verdict, bool strict = false) {
        report["cases"][0]["verdict"] = verdict;
        report["options"]["strict"] = strict;
        return reported(counted(report)).code;
    };
    CHECK(code("pass") == 0);
    CHECK(code("xfail") == 0);
    CHECK(code("fail") == 1);
    CHECK(code("xpass") == 1);
    CHECK(code("inconclusive") == 0);
    CHECK(code("inconclusive", true) == 1);
    CHECK(code("error") == 3);
    CHECK(code("skipped") == 4);
}

TEST_CASE("no text of a report reaches the terminal as more than text") {
    Json report = many_failures(1);
    Json& c = report["cases"][0];
    const std::string hostile = "a\x1b[31m\r\n::error::x\x07";
    c["suite"] = hostile;
    c["id"] = hostile + "/" + hostile;
    c["reason"] = c["repro"] = hostile;
    report["suites"] = Json::array();
    for (Json& check : c["checks"]) check["reason"] = hostile;
    report["candidate"]["name"] = hostile;
    report["summary"]["not_tested"] = {hostile};
    for (const char* flags : {"", "-v", "-q"}) {
        const Outcome outcome = reported(report, flags);
        CHECK(outcome.code == 1);
        CHECK(outcome.out.find("a\\x1b[31m\\x0d\\x0a::error::x\\x07") != std::string::npos);
        for (const char c_of_text : outcome.out) CHECK((c_of_text == '\n' || static_cast<unsigned char>(c_of_text) >= 0x20));
        CHECK(outcome.out.find("\n::") == std::string::npos);
    }
}

TEST_CASE("a report that is none, or has lost or bent a part, is refused with its place and exit 2, whatever is asked of it") {
    const Folder folder;
    const auto refused = [&](const std::string& text, const std::string& place) {
        const std::string file = folder.write("r.json", text);
        const Outcome outcome =
            bncheck_tool("report " + file + " -v --annotations github --junit " + (folder.path / "r.xml").string() +
                         " --markdown " + (folder.path / "r.md").string());
        INFO(outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find("r.json") != std::string::npos);
        CHECK(outcome.out.find(place) != std::string::npos);
        CHECK(files_in(folder.path) == 1);
    };
    refused("", "");
    refused("{}", "");
    refused("[1]", "");
    refused(failing_report().dump().substr(0, 1000), "");
    CHECK(bncheck_tool("report /no/such/report.json").code == 2);
    CHECK(bncheck_tool("report").code == 2);
    Json report = failing_report();
    report["summary"]["fail"] = 0;
    refused(report.dump(), "/summary/fail: is 0, and the cases are ");
    report = failing_report();
    report["environment"]["deep"] = 1;
    std::string deep = report.dump();
    deep.replace(deep.find("\"deep\":1"), 8, "\"deep\":" + std::string(100000, '[') + std::string(100000, ']'));
    refused(deep, "nests deeper");
    // An id of this length is no reason to crash.
    report = failing_report();
    report["cases"][0]["id"] = "s/" + std::string(1000000, 'x');
    CHECK(reported(report, "-v").code == 1);
    // Every value that there is becomes one of another type, or is lost: it is either refused, with its place, or shown.
    const Json whole = many_failures(1);
    std::vector<Json::json_pointer> places;
    const auto walk = [&](const auto& self, const Json& value, const Json::json_pointer& at) -> void {
        if (at.to_string().find("/environment") == 0 && at != Json::json_pointer("/environment")) return;
        if (!at.empty()) places.push_back(at);
        if (value.is_object())
            for (const auto& [key, inner] : value.items()) self(self, inner, at / key);
        if (value.is_array() && !value.empty()) self(self, value[0], at / 0);
    };
    walk(walk, whole, Json::json_pointer());
    CHECK(places.size() > 80);
    std::size_t count = 0;
    for (const Json::json_pointer& at : places)
        for (const Json& wrong : {Json("lost"), Json(Json::object()), Json("x"), Json(-1.5), Json(nullptr)}) {
            Json changed = whole;
            if (wrong != "lost")
                changed[at] = wrong;
            else if (Json& parent = changed[at.parent_pointer()]; parent.is_object())
                parent.erase(at.back());
            else
                parent.erase(0);
            const std::string name = "b" + std::to_string(count++) + ".json";
            folder.write(name, changed.dump());
        }
    // One shell for all of them: a crash would be a code above 4.
    const Outcome outcome = shell("cd " + folder.path.string() + " && for k in $(seq 0 " + std::to_string(count - 1) +
                                  "); do " BNCHECK_BINARY
                                  " report b$k.json -v --annotations github --junit /dev/null --markdown m > out 2>&1; c=$?; "
                                  "case $c in 0|1|3|4) ;; 2) grep -qE \"b$k.json: (/|lacks|Missing)\" out || { echo b$k; cat "
                                  "out; } ;; *) echo b$k: $c; cat out ;; "
                                  "esac; done");
    CHECK(outcome.out == "");
}

TEST_CASE("places: one rendering on stdout, no place twice, and a bad one is said before anything runs") {
    const Folder folder;
    const auto at = [&](const char* name) { return (folder.path / name).string(); };
    const std::string run = "run smoke -k known ";
    const Outcome both = bncheck_tool(run + "--json - --junit -");
    CHECK(both.code == 2);
    CHECK(both.out.find("--junit") != std::string::npos);
    CHECK(bncheck_tool(run + "--markdown " + at("x") + " --junit " + at("x")).code == 2);
    for (const char* option : {"--json ", "--junit ", "--markdown "}) {
        const Outcome outcome = bncheck_tool(run + option + "/no/such/folder/file");
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find("/no/such/folder/file: cannot be written") != std::string::npos);
        CHECK(outcome.out.find("smoke/") == std::string::npos);
        CHECK(bncheck_tool(run + option + folder.path.string()).code == 2);
        // What is no file stays what it is.
        CHECK(bncheck_tool(run + option + "/dev/null").code == 0);
        CHECK(fs::is_character_file("/dev/null"));
    }
    CHECK(files_in(folder.path) == 0);
    // The names of temporary files are taken too, however they are written.
    for (const char* two : {"--html a --json a.part", "--json a.part --html ./a", "--json a --journal a.part"}) {
        const Outcome taken = shell("cd " + folder.path.string() + " && " BNCHECK_BINARY " " + run + two);
        INFO(two << ": " << taken.out);
        CHECK(taken.code == 2);
        CHECK(taken.out.find("is what another option writes to") != std::string::npos);
    }
    // A variable of a shell that is not set is no reason to write nothing.
    for (const char* option : {"--json", "--junit", "--known-failures", "--shard", "--journal"}) {
        const Outcome empty = bncheck_tool(run + option + " ''");
        INFO(empty.out);
        CHECK(empty.code == 2);
        CHECK(empty.out.find(std::string(option) + ": is empty") != std::string::npos);
    }
    CHECK(files_in(folder.path) == 0);
    // What only its owner could read stays so.
    folder.write("private.json", "old");
    fs::permissions(at("private.json"), fs::perms::owner_read | fs::perms::owner_write);
    CHECK(bncheck_tool(run + "-q --json " + at("private.json")).code == 0);
    CHECK(fs::status(at("private.json")).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    folder.write("r.xml", "old");
    fs::create_symlink(at("r.xml"), at("link.xml"));
    CHECK(bncheck_tool(run + "--junit " + at("link.xml")).code == 0);
    CHECK(fs::is_symlink(at("link.xml")));
    CHECK(read_text(at("r.xml")).find("<testsuites>") != std::string::npos);
}

TEST_CASE("a full disk and a broken pipe are errors, and leave whole files or none") {
    const Folder folder;
    const auto at = [&](const char* name) { return (folder.path / name).string(); };
    const std::string run = BNCHECK_BINARY " run smoke -k known ";
    const Outcome full = shell(run + "--json " + at("r.json") + " --junit /dev/full");
    CHECK(full.code == 2);
    CHECK(full.out.find("/dev/full: cannot be written") != std::string::npos);
    // Files of no more than one block: the signal that the limit sends is ignored, so that writes fail.
    folder.write("r.md", "old");
    const Outcome limited = shell("trap '' XFSZ; ulimit -f 4; " + run + "--json " + at("r.json") + " --markdown " + at("r.md"));
    CHECK(limited.code == 2);
    CHECK(limited.out.find("r.json: cannot be written") != std::string::npos);
    CHECK(files_in(folder.path) == 1);
    CHECK(read_text(at("r.md")) == "old");
    // The step summary is cut back to what it was.
    const std::string summary = folder.write("summary.md", "# before\n");
    const Outcome step = shell("trap '' XFSZ; ulimit -f 1; GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=" + summary +
                               " " BNCHECK_BINARY " run conditioning -k 'N...-1x16x2$' --candidate builtin:textbook -q");
    CHECK(step.code == 1);
    CHECK(step.out.find("was not appended to") != std::string::npos);
    CHECK(read_text(summary) == "# before\n");

    CHECK(shell(run + "> /dev/full").code == 2);
    const std::string code = at("code");
    for (const char* flags : {"", "--json - ", "--junit - ", "--markdown - "}) {
        const Outcome piped = shell("{ sleep 0.1; " + run + flags + "; echo $? > " + code + "; } | true");
        CHECK(read_text(code) == "2\n");
        CHECK(piped.out.find("stdout: cannot be written") != std::string::npos);
    }
    // What was asked for as a file is there all the same.
    shell("{ sleep 0.1; " + run + "--json " + at("r.json") + "; } | true");
    CHECK(Json::parse(read_text(at("r.json")))["summary"]["verdict"] == "pass");
}

TEST_CASE("whatever cannot be written to stdout is an error, of every subcommand") {
    REQUIRE(fs::is_character_file("/dev/full"));
    for (const char* command : {"run smoke -q -k known", "list all", "describe", "manual", "completion zsh", "schema report",
                                "describe --conventions", "derive", "--help", "run --shape 2,3 --dump-case"}) {
        const Outcome outcome = shell(std::string(BNCHECK_BINARY) + " " + command + " > /dev/full");
        INFO(command << ": " << outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find("stdout: cannot be written") != std::string::npos);
    }
    // More than a pipe holds.
    const Outcome cut = shell("{ " BNCHECK_BINARY " list all; echo code $? >&2; } | head -1 > /dev/null");
    CHECK(cut.out.find("stdout: cannot be written") != std::string::npos);
    CHECK(cut.out.find("code 2") != std::string::npos);
}

TEST_CASE("a link in the place of the temporary file is refused, and a pipe of the shell is written to") {
    const Folder folder;
    const std::string victim = folder.write("victim", "kept"), file = (folder.path / "s.json").string();
    fs::create_symlink(victim, file + ".part");
    const Outcome outcome = bncheck_tool("run smoke -k known -q --json " + file);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.find("is a link") != std::string::npos);
    CHECK(read_text(victim) == "kept");
    const Outcome piped = shell("bash -c '" BNCHECK_BINARY " run smoke -k known -q --json >(head -c 1 > " + victim +
                                "; cat > /dev/null); echo code $?; sleep 0.2'");
    INFO(piped.out);
    CHECK(piped.out.find("code 0") != std::string::npos);
    CHECK(read_text(victim) == "{");
}
