#include <cmath>
#include <cstdlib>

#include "renderings.hpp"

namespace {

struct Rendered {
    std::string text;
    Json page;
};

Rendered rendered(const Json& report) {
    const Folder folder;
    const std::string md = (folder.path / "r.md").string();
    const Outcome outcome = bncheck_tool("report -q " + folder.write("r.json", report.dump()) + " --markdown " + md);
    INFO(outcome.out);
    REQUIRE(outcome.code != 2);
    return {read_text(md), parsed_markdown(md)};
}

/// The number of "and 17 more failures", 0 without such a line.
std::size_t more(const std::string& text, const std::string& what) {
    const std::size_t end = text.find(" more " + what);
    if (end == std::string::npos) return 0;
    return std::stoul(text.substr(text.rfind("and ", end) + 4));
}

const std::vector<std::string> tags{"code", "h2", "p", "table", "tbody", "td", "th", "thead", "tr"};

const Json& worst_check(const Json& c) {
    const Json* worst = nullptr;
    for (const Json& check : c["checks"])
        if (check["verdict"] == "fail" && (!worst || check["utilisation"] > (*worst)["utilisation"])) worst = &check;
    REQUIRE(worst);
    return *worst;
}

}  // namespace

TEST_CASE("Markdown: a row a suite, a row a failure, worst first, with the numbers of the report") {
    const Json& report = failing_report();
    const Rendered r = rendered(report);
    REQUIRE(r.page["tables"].size() == 2);
    CHECK(r.page["tags"] == Json(tags));
    const Json &suites = r.page["tables"][0], &failing = r.page["tables"][1];
    REQUIRE(suites.size() == 2);
    CHECK(suites[1][0] == "conditioning");
    for (std::size_t k = 2; k < 5; ++k) {
        const Json& count = report["summary"][suites[0][k].get<std::string>()];
        CHECK(suites[1][k] == (count == 0 ? "" : count.dump()));
    }
    CHECK(failing.size() == 1 + report["summary"]["fail"].get<std::size_t>());
    double before = std::numeric_limits<double>::infinity();
    for (std::size_t row = 1; row < failing.size(); ++row) {
        const Json& cells = failing[row];
        const auto of_id = [&](const Json& candidate) { return candidate["id"] == cells[1]; };
        const Json& c = *std::find_if(report["cases"].begin(), report["cases"].end(), of_id);
        const Json& check = worst_check(c);
        CHECK(cells[0] == "fail");
        CHECK(cells[2] == check["check"].get<std::string>() + " " + check["tensor"].get<std::string>());
        // Shown with three digits, a got with as many as tell it from its neighbours.
        const auto near = [](const Json& cell, double value, double digits) {
            return std::abs(std::strtod(cell.get<std::string>().c_str(), nullptr) - value) <=
                   0.51 * std::abs(value) * std::pow(10, 1 - digits);
        };
        const double ratio = check["utilisation"];
        CHECK(near(cells[3], ratio, 3));
        CHECK(ratio <= before);
        before = ratio;
        CHECK(near(cells[5], check["max_ulp"], 3));
        CHECK(cells[6] == check["worst"]["index"].dump());
        CHECK(near(cells[7], check["worst"]["got"], 9));
        CHECK(near(cells[8], std::strtod(check["worst"]["want"].get<std::string>().c_str(), nullptr), 9));
        CHECK(near(cells[9], check["worst"]["bound"], 3));
        CHECK(cells[11] == c["repro"]);
    }
}

TEST_CASE("Markdown: whatever stands in a report stays in its cell, as text") {
    Json report = many_failures(hostile_names().size() + 1);
    for (std::size_t k = 0; k < report["cases"].size(); ++k) {
        Json& c = report["cases"][k];
        const bool whole = k == hostile_names().size();
        const std::string name = whole ? "</script><img onerror=alert(1) src=x>" : hostile_names()[k];
        c["suite"] = whole ? "<" : name;
        c["id"] = whole ? name : name + "/" + name;
        c["repro"] = name;
        for (Json& check : c["checks"]) {
            check["reason"] = name;
            if (k % 2) check["explanation"] = {{"deviation", name}, {"max_ulp", 0.5}};
        }
    }
    report["suites"] = Json::array();
    report["candidate"]["name"] = report["candidate"]["spec"] = "</h2><script>a|b`c";
    report["summary"]["not_tested"] = hostile_names();
    const Rendered r = rendered(report);
    CHECK(r.page["tags"] == Json(tags));
    CHECK(r.page["attributes"] == Json{"align"});
    REQUIRE(r.page["tables"].size() == 2);
    CHECK(r.page["tables"][0].size() == report["cases"].size() + 1);
    CHECK(r.page["tables"][1].size() == report["cases"].size() + 1);
    for (const Json& table : r.page["tables"])
        for (const Json& row : table) CHECK(row.size() == table[0].size());
    for (std::size_t k = 0; k < 8; ++k) {  // those that a terminal shows as they are, and none ends in a space
        const std::string& name = hostile_names()[k];
        CHECK(r.page["tables"][0][k + 1][0] == name);
        CHECK(r.page["tables"][1][k + 1][1] == name + "/" + name);
        CHECK(r.page["tables"][1][k + 1][10].get<std::string>().find(name) != std::string::npos);
    }
    CHECK(r.page["text"].get<std::string>().find("</h2><script>a|b`c") != std::string::npos);
}

TEST_CASE("Markdown of 5000 failures, in one suite or in as many, stays under 1 MiB and counts the rest") {
    for (const std::size_t suites : {1, 5000}) {
        const Json report = many_failures(5000, suites);
        const Rendered r = rendered(report);
        CHECK(r.text.size() < (1 << 20));
        CHECK(r.text.size() > (1 << 20) - 1000);
        REQUIRE(r.page["tables"].size() == 2);
        CHECK(r.page["tables"][0].size() - 1 + more(r.text, "suites") == suites);
        CHECK(r.page["tables"][1].size() - 1 + more(r.text, "failures") == 5000);
        CHECK(more(r.text, "failures") > 0);
    }
}

TEST_CASE("GitHub's step summary is appended to, once a command, and only there") {
    const Folder folder;
    const std::string summary = folder.write("summary.md", "# what other steps wrote\n");
    const std::string github = "GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=" + summary + " " BNCHECK_BINARY " ";
    const std::string run = "run conditioning -k 'N...-1x16x2$' --candidate builtin:textbook -q";
    const std::string json = (folder.path / "r.json").string();
    CHECK(shell(github + run + " --no-github").code == 1);
    CHECK(shell(BNCHECK_BINARY " " + run).code == 1);
    CHECK(read_text(summary) == "# what other steps wrote\n");
    CHECK(shell(github + run + " --json " + json).code == 1);
    const std::string once = read_text(summary);
    CHECK(once.find("# what other steps wrote\n\n## bncheck: fail\n") == 0);
    // The variable alone is enough.
    CHECK(shell("GITHUB_STEP_SUMMARY=" + summary + " " BNCHECK_BINARY " report -q " + json).code == 1);
    const std::string added = once.substr(once.find("## bncheck"));
    CHECK(read_text(summary) == once + "\n" + added);
    const std::string file = (folder.path / "r.md").string();
    CHECK(shell(github + "report -q " + json + " --no-github --markdown " + file).code == 1);
    CHECK(read_text(file) == added);
    // Who names it does not get it twice.
    CHECK(shell(github + "report -q " + json + " --markdown " + summary).code == 1);
    CHECK(read_text(summary) == added);
}

TEST_CASE("GitHub's step summary stays under 1 MiB with what is there; a full one, or none, is said and changes no exit code") {
    const Folder folder;
    const std::string json = folder.write("r.json", many_failures(300).dump());
    const auto report = [&](const std::string& summary) {
        return shell("GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=" + summary + " " BNCHECK_BINARY " report -q " + json +
                     " >/dev/null");
    };
    const std::string some = folder.write("some.md", std::string((1 << 20) - 20000, 'x'));
    CHECK(report(some).code == 1);
    const std::string text = read_text(some);
    CHECK(text.size() < (1 << 20));
    CHECK(text.size() > (1 << 20) - 1000);
    const std::string what = text.substr((1 << 20) - 20000);
    const Json page = parsed_markdown(folder.write("added.md", what));
    REQUIRE(page["tables"].size() == 2);
    CHECK(page["tables"][1].size() - 1 + more(what, "failures") == 300);
    const std::string full = folder.write("full.md", std::string((1 << 20) - 50, 'x'));
    const Outcome outcome = report(full);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("GITHUB_STEP_SUMMARY") != std::string::npos);
    CHECK(read_text(full).size() == (1 << 20) - 50);
    CHECK(report("/no/such/folder/summary.md").code == 1);
    CHECK(report("/no/such/folder/summary.md").out.find("No such file") != std::string::npos);
}
