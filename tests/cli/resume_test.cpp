#include <catch2/catch.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "../needs.hpp"
#include "../report_bytes.hpp"
#include "../small_npy.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// A run that is killed so many milliseconds after its start.
std::string killed_after(const std::string& arguments, int milliseconds) {
    return std::string(BNCHECK_BINARY) + " " + arguments + " > /dev/null 2>&1 & p=$!; sleep " +
           std::to_string(milliseconds / 1000.0) + "; kill -9 $p 2> /dev/null; wait $p 2> /dev/null; true";
}

/// A run that gets a signal once its journal has so many lines, however fast the machine is. Prints "code N". A shell's
/// background ignores SIGINT unless it is told otherwise.
std::string signalled_at(const std::string& arguments, const std::string& journal, int lines, const std::string& signal) {
    return "env --default-signal=INT " BNCHECK_BINARY " " + arguments + " & p=$!; until [ -f " + journal +
           " ] && [ $(wc -l < " + journal + ") -ge " + std::to_string(lines) +
           " ]; do kill -0 $p || break; sleep 0.01; done; kill -" + signal + " $p; wait $p; echo code $?";
}

std::size_t lines_of(const std::string& file) {
    if (!std::filesystem::exists(file)) return 0;
    const std::string text = read_text(file);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("a run that is killed twenty times and resumed gives the same bytes, no case lost or doubled") {
    const Folder folder;
    const std::string known = folder.write("known.json", R"json({"known_failures": [
        {"case": "smoke/large-mean-(NCHW|NHWC)", "tensor": "save_invstd", "check": "forward", "number": 135, "reason": "the textbook variance cancels"},
        {"case": "smoke/tiny-float64-2x16", "tensor": "save_invstd", "check": "forward", "number": 7.3, "reason": "the textbook variance cancels"}
    ]})json");
    const std::string run = "run smoke edge eps -q --candidate builtin:textbook --known-failures " + known + " --json ";
    const std::string whole = (folder.path / "whole.json").string(), file = (folder.path / "r.json").string();
    const auto start = std::chrono::steady_clock::now();
    const int code = bncheck_tool(run + whole).code;
    const auto whole_time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
    std::mt19937 random(1);
    std::uniform_int_distribution<int> moment(0, static_cast<int>(whole_time.count()) / 2);
    std::size_t before = 0, grown = 0;
    for (int k = 0; k < 20; ++k) {
        shell(killed_after(run + file + " --resume", moment(random)));
        const std::size_t lines = lines_of(file + ".journal");
        if (!std::filesystem::exists(file)) CHECK(lines >= before);
        grown += lines > before;
        before = lines;
    }
    CHECK(grown > 0);  // else nothing was killed at work
    const Outcome last = bncheck_tool(run + file + " --resume");
    INFO(last.out);
    CHECK(last.code == code);
    CHECK(without_environment(read_text(file)) == without_environment(read_text(whole)));
    CHECK_FALSE(std::filesystem::exists(file + ".journal"));
}

TEST_CASE("a shard is resumed like a whole run, with any number of processes") {
    need("numpy");
    const Folder folder;
    const std::string whole = (folder.path / "whole.json").string(), file = (folder.path / "r.json").string();
    const std::string run =
        "run smoke -q --shard 1/2 --candidate \"exec:/usr/bin/python3 scripts/candidates/numpy_candidate.py\" --json ";
    bncheck_tool(run + whole);
    shell(signalled_at(run + file + " -j 2", file + ".journal", 20, "KILL"));
    REQUIRE(lines_of(file + ".journal") > 0);
    bncheck_tool(run + file + " -j 2 --resume");
    CHECK(without_environment(read_text(file)) == without_environment(read_text(whole)));
}

TEST_CASE("Ctrl-C ends a run with a partial report, leaves nothing behind, and --resume goes on") {
    need("numpy");
    const Folder folder;
    const std::string file = (folder.path / "r.json").string(), whole = (folder.path / "whole.json").string();
    const std::string run = "run smoke -q --candidate 'exec:/usr/bin/python3 scripts/candidates/numpy_candidate.py' --json ";
    bncheck_tool(run + whole);
    const std::string scratch = (folder.path / "scratch").string();
    const Outcome outcome = shell("mkdir " + scratch + "; export TMPDIR=" + scratch + "; " +
                                  signalled_at(run + file, file + ".journal", 20, "INT") + "; ls -A " + scratch + " | wc -l");
    INFO(outcome.out);
    CHECK(outcome.out.find("code 130") != std::string::npos);
    CHECK(outcome.out.find("bncheck: interrupted after ") != std::string::npos);
    CHECK(outcome.out.find("(partial): ") != std::string::npos);
    CHECK(outcome.out.ends_with("\n0\n"));
    const Json part = Json::parse(read_text(file)), all = Json::parse(read_text(whole));
    CHECK(part["summary"]["partial"] == true);
    CHECK_FALSE(all["summary"].contains("partial"));
    const std::size_t finished = part["cases"].size();
    REQUIRE(finished > 0);
    REQUIRE(finished < all["cases"].size());
    for (std::size_t k = 0; k < finished; ++k) REQUIRE(part["cases"][k] == all["cases"][k]);
    // Nowhere does it look like a run that passed.
    const auto rendered = [&](const std::string& option) {
        const std::string place = (folder.path / "rendered").string();
        CHECK(bncheck_tool("report -q " + file + " " + option + " " + place).code == 1);
        return read_text(place);
    };
    CHECK(rendered("--markdown").starts_with("## bncheck: pass (partial"));
    CHECK(rendered("--junit").find("<error message=\"the run was interrupted after " + std::to_string(finished)) !=
          std::string::npos);
    CHECK(rendered("--html").find(">pass (partial)</span>") != std::string::npos);
    CHECK(bncheck_tool("report -q " + file + " --annotations github").out.find("::warning title=bncheck::the run was inter") !=
          std::string::npos);
    CHECK(bncheck_tool(run + file + " --resume").code == 0);
    CHECK(without_environment(read_text(file)) == without_environment(read_text(whole)));
}

TEST_CASE("Ctrl-C does not wait for a candidate that hangs") {
    need("numpy");
    const Outcome outcome =
        shell("timeout --preserve-status -s INT 0.8 " BNCHECK_BINARY
              " run smoke -k 6x5 --candidate 'exec:/usr/bin/python3 tests/candidates/misbehaving.py --how hang'; echo code $?; "
              "pgrep -c -f '^/usr/bin/python3 .*misbehaving.py --how hang'");
    INFO(outcome.out);
    CHECK(outcome.out.find("code 130") != std::string::npos);
    CHECK(outcome.out.ends_with("\n0\n"));
}

TEST_CASE("a journal is refused where it is not this run's, and --resume where there is none to be") {
    const Folder folder;
    const std::string file = (folder.path / "r.json").string(), journal = folder.write("j", "{}\n");
    const auto refused = [&](const std::string& arguments, const std::string& words) {
        const Outcome outcome = bncheck_tool("run smoke -q -k 6x5 " + arguments);
        INFO(outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find(words) != std::string::npos);
    };
    refused("--resume", "--json FILE");
    refused("--resume --json -", "--json FILE");
    refused("--resume --journal " + journal, "is no journal of a run");
    refused("--json " + (folder.path / "none/r.json").string(), "cannot be written");
    refused("--journal " + (folder.path / "none/j").string(), "cannot be written");
    // What is there is of a run that was killed.
    shell(signalled_at("run all -q --json " + file, file + ".journal", 20, "KILL"));
    REQUIRE(std::filesystem::exists(file + ".journal"));
    refused("--resume --json " + file, "is the journal of another run, which differs in /");
    CHECK(bncheck_tool("run smoke -q -k 6x5 --json " + file).code == 0);  // which begins anew
    CHECK_FALSE(std::filesystem::exists(file + ".journal"));
}

TEST_CASE("a run is not resumed on data that have changed") {
    const Folder folder;
    const std::string file = (folder.path / "r.json").string(), data = (folder.path / "x.npy").string();
    write_small_npy(data, 4);
    Json cases = Json::array();
    for (int k = 0; k < 2000; ++k)
        cases.push_back({{"name", std::to_string(k)}, {"shape", {2, 1, 2}}, {"data", {{"x", {{"file", "x.npy"}}}}}});
    const std::string run =
        "run " + folder.write("s.json", Json({{"suite", "s"}, {"cases", cases}}).dump()) + " -q --json " + file;
    shell(signalled_at(run, file + ".journal", 20, "KILL"));
    REQUIRE(std::filesystem::exists(file + ".journal"));
    write_small_npy(data, 5);
    const Outcome outcome = bncheck_tool(run + " --resume");
    CHECK(outcome.code == 2);
    CHECK(outcome.out.find("differs in /data/s x.npy") != std::string::npos);
    write_small_npy(data, 4);
    CHECK(bncheck_tool(run + " --resume").code == 0);
}

TEST_CASE("a journal takes no file that is none, and what was changed in it is refused") {
    const Folder folder;
    const auto at = [&](const std::string& name) { return (folder.path / name).string(); };
    const auto refused = [&](const std::string& arguments, const std::string& words) {
        const Outcome outcome = bncheck_tool("run smoke -q " + arguments);
        INFO(arguments << ": " << outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find(words) != std::string::npos);
    };
    folder.write("notes.txt", "kept");
    refused("--journal " + at("notes.txt"), "is no journal of a run");
    refused("--resume --journal " + at("notes.txt"), "is no journal of a run");
    CHECK(read_text(at("notes.txt")) == "kept");
    refused("--json " + at("b.json") + " --journal " + at("b.json"), "is what another option writes to");
    refused("--json " + at("q.json") + " --html " + at("q.json.journal"), "is what another option writes to");
    refused("--json " + at("q.json") + " --html " + at("./q.json"), "is what another option writes to");

    shell(signalled_at("run all -q --json " + at("r.json"), at("r.json.journal"), 30, "KILL"));
    const std::string journal = read_text(at("r.json.journal"));
    std::vector<std::string> lines;
    std::istringstream text(journal);
    for (std::string line; std::getline(text, line);) lines.push_back(line + "\n");
    REQUIRE(lines.size() >= 30);
    const std::string head = lines[0] + lines[1] + lines[2];
    for (const std::string& next :
         {lines[2], lines[4], std::string("{\"case\":5}\n"), std::string("{\"case\":{\"id\":\"x\"}}\n")}) {
        folder.write("r.json.journal", head + next);
        const Outcome outcome = bncheck_tool("run all -q --resume --json " + at("r.json"));
        INFO(next.substr(0, 100) << outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find("line 4: is not what this run has written there") != std::string::npos);
    }
    folder.write("r.json.journal", journal);
    const Outcome anew = bncheck_tool("run smoke -k known -q --json " + at("r.json"));
    CHECK(anew.code == 0);
    CHECK(anew.out.find("of a run that was broken off are discarded") != std::string::npos);
}

TEST_CASE("a journal of entries that no run wrote is refused, however they are bent") {
    const Folder folder;
    const std::string file = (folder.path / "r.json").string(), journal = file + ".journal";
    shell(signalled_at("run all -q --json " + file, journal, 20, "KILL"));
    std::istringstream lines(read_text(journal));
    std::string head, entry;
    REQUIRE(std::getline(lines, head));
    REQUIRE(std::getline(lines, entry));
    const auto refused = [&](const std::string& line) {
        folder.write("r.json.journal", head + "\n" + line + "\n");
        const Outcome outcome = bncheck_tool("run all -q --resume --json " + file);
        INFO(outcome.out.substr(0, 500));
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find("r.json.journal") != std::string::npos);
    };
    Json great = Json::parse(entry);
    great["case"]["verdict"] = "great";
    refused(great.dump());
    refused("{\"case\":" + std::string(500'000, '['));
    refused("{\"case\":" + std::string(500'000, '[') + std::string(500'000, ']') + "}");
}

TEST_CASE("of several runs that write one report at once one does, and the others say so") {
    const Folder folder;
    const std::string file = (folder.path / "u.json").string();
    const Outcome outcome = shell("for i in 1 2 3 4; do (" BNCHECK_BINARY " run smoke -q --json " + file + " --journal " +
                                  file + "$i; echo code $?) & done; wait");
    INFO(outcome.out);
    CHECK(Json::parse(read_text(file))["summary"]["cases"] == 161);
    std::size_t whole = 0, refused = 0;
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) {
        whole += line == "code 0";
        refused += line.find("another run is writing it") != std::string::npos;
    }
    CHECK(whole >= 1);
    CHECK(whole + refused == 4);
}
