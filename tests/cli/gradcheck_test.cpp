#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

void need_numpy() {
    if (has_python_module("numpy")) return;
    std::cout << "skipped: Debian's python3-numpy is not installed\n";
    std::exit(77);
}

std::string wrong(const std::string& bug) {
    return " --candidate 'exec:/usr/bin/python3 tests/candidates/wrong.py --bug " + bug + "'";
}

/// A program whose hello is that of numpy_candidate.py but for the passes and whatever else is said.
std::string serving(const Folder& folder, const std::string& arguments) {
    return " --candidate 'exec:/usr/bin/python3 " +
           folder.write("candidate.py", "import sys\nsys.path.insert(0, '" BNCHECK_SOURCE
                                        "/scripts/candidates')\n"
                                        "import bncheck_candidate, numpy_candidate\n"
                                        "bncheck_candidate.serve(" +
                                            arguments + ")\n") +
           "'";
}

Json report_of(const std::string& arguments) {
    return Json::parse(bncheck_tool("gradcheck --json - " + arguments + " 2>/dev/null").out);
}

const Json& checks_of(const Json& report) { return report["cases"][0]["checks"]; }

/// The check of a tensor by a method; fails where there is none.
const Json& check_of(const Json& report, const std::string& tensor, const std::string& method) {
    for (const Json& check : checks_of(report))
        if (check["tensor"] == tensor && check["method"] == method) return check;
    FAIL("no check of " << tensor << " by " << method);
    return report;
}

bool has(const Json& report, const std::string& tensor, const std::string& method) {
    for (const Json& check : checks_of(report))
        if (check["tensor"] == tensor && check.value("method", "") == method) return true;
    return false;
}

/// Methods by which something of the tensor was compared.
std::set<std::string> methods_of(const Json& report, const std::string& tensor) {
    std::set<std::string> methods;
    for (const Json& check : checks_of(report))
        if (check["tensor"] == tensor && check["verdict"] != "skipped") methods.insert(check["method"]);
    return methods;
}

std::string without_environment(Json report) {
    report.erase("environment");
    return report.dump();
}

}  // namespace

TEST_CASE("gradcheck: a table with a line a method and tensor") {
    const Outcome outcome = bncheck_tool("gradcheck --shape 4,3,5 --full");
    REQUIRE(outcome.code == 0);
    std::istringstream lines(outcome.out);
    std::string line;
    std::set<std::string> found;
    bool header = false;
    while (std::getline(lines, line)) {
        std::istringstream words(line);
        std::string verdict, tensor, method;
        words >> verdict >> tensor >> method;
        if (verdict == "verdict") {
            header = true;
            std::size_t at = 0;
            for (const char* column : {"tensor", "method", "worst entry", "analytic", "numeric", "error", "estimated", "ratio",
                                       "entries", "evals", "time"}) {
                INFO(column);
                REQUIRE(line.find(column, at) != std::string::npos);
                at = line.find(column, at) + 1;
            }
        } else if (header && line.starts_with("  pass ")) {
            found.insert(tensor + " " + method);
        }
    }
    CHECK(header);
    std::set<std::string> due{"dx independence", "dx directions", "dx taylor"};
    for (const std::string tensor : {"dx", "dgamma", "dbeta", "gdy", "gx", "ggamma"})
        for (const std::string method : {"vjp", "rows", "differences", "definition"}) due.insert(tensor + " " + method);
    CHECK(found == due);
    CHECK(outcome.out.find("entries decided (100.00 %)") != std::string::npos);
}

TEST_CASE("gradcheck: exit codes") {
    need_numpy();
    const Folder folder;
    CHECK(bncheck_tool("gradcheck --shape 4,3,5" + wrong("none")).code == 0);
    CHECK(bncheck_tool("gradcheck --shape 4,3,5" + wrong("dx-no-xhat-term")).code == 1);
    CHECK(bncheck_tool("gradcheck --shape 4,3,5 --full" + wrong("dx-negated")).code == 1);
    CHECK(
        bncheck_tool("gradcheck --shape 4,3,5 --candidate 'exec:/usr/bin/python3 tests/candidates/misbehaving.py --how crash'")
            .code == 3);
    CHECK(bncheck_tool("gradcheck --shape 4,3,5 --no-such-flag").code == 2);
    CHECK(bncheck_tool("gradcheck --shape 4,3,5 -k nothing-of-that-name").code == 4);
    CHECK(bncheck_tool("gradcheck --shape 4,3,5 --mode eval" + serving(folder, "numpy_candidate.forward, modes=['train']"))
              .code == 4);
    CHECK(bncheck_tool("gradcheck --shape 4,3,5 --dtype float16" + serving(folder, "numpy_candidate.forward")).code == 4);
}

TEST_CASE("gradcheck: the report holds the worst entry of every method and the Taylor curve") {
    const Json report = report_of("--shape 4,3,5 --full");
    for (const Json& check : checks_of(report)) {
        const std::string method = check["method"];
        INFO(check["tensor"] << " " << method);
        if (method == "independence") continue;
        CHECK(check["elements"] > 0);
        CHECK(check["failed"] == 0);
        const Json& worst = check["worst"];
        CHECK(worst["index"].size() ==
              (check["tensor"] == "dgamma" || check["tensor"] == "dbeta" || check["tensor"] == "ggamma" ? 1 : 3));
        CHECK(worst["got"].is_number());
        CHECK(worst["want"].is_string());
        if (method == "vjp") continue;
        const double error = worst["error"], bound = worst["bound"];
        CHECK(error <= bound);
        CHECK(worst["estimated_error"].get<double>() <= bound);
        // Both are doubles of values that may be known better: half an ulp each, and one of their difference.
        const double rounding =
            0x1p-52 * (std::abs(worst["analytic"].get<double>()) + std::abs(worst["numeric"].get<double>()));
        CHECK(std::abs(worst["analytic"].get<double>() - worst["numeric"].get<double>()) <= error + rounding);
        // Rows judge the analytic value, the other methods the numeric one.
        CHECK(worst["got"] == worst[method == "rows" ? "analytic" : "numeric"]);
    }
    const Json& taylor = check_of(report, "dx", "taylor");
    REQUIRE(taylor["curve"].size() > 3);
    for (const Json& point : taylor["curve"]) CHECK(point["remainder"].get<double>() <= point["allowed"].get<double>());
    CHECK(taylor["slope"].get<double>() == Approx(2).margin(0.2));
}

TEST_CASE("gradcheck: two runs and any number of threads give the same bytes but for environment") {
    need_numpy();
    const std::string builtin = "gradient -k 'shape-float32|width' --full";
    const std::string first = without_environment(report_of(builtin));
    CHECK(first.size() > 10000);
    CHECK(first == without_environment(report_of(builtin)));
    CHECK(first == without_environment(report_of(builtin + " -j 1")));
    CHECK(first == without_environment(report_of(builtin + " -j 2")));
    const std::string program = "--shape 4,3,5" + wrong("dx-zero");
    CHECK(without_environment(report_of(program)) == without_environment(report_of(program + " -j 1")));
}

TEST_CASE("gradcheck: --full counts every entry of the Jacobian, C m m") {
    const std::size_t all = 3 * 20 * 20;
    const Json full = report_of("--shape 4,3,5 --full"), some = report_of("--shape 4,3,5");
    CHECK(check_of(full, "dx", "rows")["elements"] == all);
    CHECK(check_of(full, "dx", "differences")["elements"] == all);
    CHECK(check_of(full, "gx", "rows")["elements"] == all);
    CHECK(check_of(full, "gdy", "rows")["elements"] == all);
    CHECK(full["options"]["full"] == true);
    CHECK_FALSE(has(some, "dx", "rows"));
    CHECK(check_of(some, "dx", "differences")["elements"] < all);
}

TEST_CASE("gradcheck: a uniform dy is told to test nothing, and the case does not pass") {
    const Json report = report_of("--shape 4,3,5 --dy constant:1");
    CHECK(report["cases"][0]["verdict"] == "inconclusive");
    const Json& own = check_of(report, "dx", "own-dy");
    CHECK(own["verdict"] == "inconclusive");
    CHECK(own["reason"].get<std::string>().find("uniform and tests nothing") != std::string::npos);
    CHECK(check_of(report, "dx", "vjp")["sample"] == "2 dy");  // others in its place
    CHECK(bncheck_tool("gradcheck --shape 4,3,5 --dy constant:1 --strict").code == 1);
    CHECK_FALSE(has(report_of("--shape 4,3,5"), "dx", "own-dy"));
    need_numpy();  // what a uniform dy lets through, the others do not
    CHECK(bncheck_tool("gradcheck --shape 4,3,5 --dy constant:1" + wrong("dx-zero")).code == 1);
}

TEST_CASE("gradcheck: without gamma and beta there are no gradients of them") {
    const Json report = report_of("--shape 4,3,5 --affine false --full");
    CHECK(report["summary"]["verdict"] == "pass");
    std::set<std::string> tensors;
    for (const Json& check : checks_of(report)) tensors.insert(check["tensor"]);
    CHECK(tensors == std::set<std::string>{"dx", "gdy", "gx"});
}

TEST_CASE("gradcheck: right code passes at the ends of what is possible") {
    const Folder folder;
    const std::string file = folder.write(
        "edges.json",
        R"({"suite": "edges", "defaults": {"dtype": "float64", "checks": ["gradient", "double-backward"]}, "cases": [
            {"name": "m-1", "shape": [1, 3], "convention": "tensorflow"},
            {"name": "m-2", "shape": [2, 3]},
            {"name": "m-3", "shape": [3, 3]},
            {"name": "m-1-eval", "shape": [1, 3], "mode": "eval"},
            {"name": "eps-0", "shape": [4, 3], "eps": 0},
            {"name": "constant", "shape": [4, 3, 3], "data": {"x": {"constant": 3}}},
            {"name": "eval", "shape": [4, 3, 3], "mode": "eval"},
            {"name": "mean-1e6", "shape": [4, 3, 3], "data": {"x": {"normal": {"mean": 1e6}}}},
            {"name": "stddev-1e-150", "shape": [4, 3, 3], "eps": 0, "data": {"x": {"normal": {"stddev": 1e-150}}}},
            {"name": "stddev-1e150", "shape": [4, 3, 3], "data": {"x": {"normal": {"stddev": 1e150}}}}]})");
    for (const std::string flags : {"", " --full"}) {
        const Json report = report_of(file + flags);
        REQUIRE(report["cases"].size() == 10);
        for (const Json& c : report["cases"]) {
            INFO(c["id"] << flags);
            CHECK((c["verdict"] == "pass" || (c["verdict"] == "inconclusive" && c["id"].get<std::string>().ends_with("150"))));
            for (const Json& check : c["checks"])
                if (check["method"] == "vjp" && check["tensor"] == "dx") CHECK(check["verdict"] == "pass");
        }
    }
    need_numpy();  // and wrong code does not
    const std::string small = "gradcheck " + file + " -k 'm-2|m-3|eps-0|constant|mean-1e6|stddev' --json -";
    const Json failing = Json::parse(bncheck_tool(small + wrong("dx-no-mean-term") + " 2>/dev/null").out);
    for (const Json& c : failing["cases"]) {
        INFO(c["id"]);
        CHECK(c["verdict"] == "fail");
    }
}

TEST_CASE("gradcheck: differences of 16-bit data are skipped with the reason, the products are not") {
    for (const std::string dtype : {"float16", "bfloat16"}) {
        const Json report = report_of("--shape 4,3,5 --dtype " + dtype);
        CHECK(report["summary"]["verdict"] == "pass");
        const Json& differences = check_of(report, "dx", "differences");
        CHECK(differences["verdict"] == "skipped");
        CHECK(differences["reason"].get<std::string>().find("16 bits is too coarse") != std::string::npos);
        CHECK(methods_of(report, "dx") == std::set<std::string>{"vjp", "independence", "definition"});
    }
}

TEST_CASE("gradcheck: the repro line of a failure runs it again") {
    need_numpy();
    const auto repro_of = [](const std::string& arguments) {
        const std::string out = bncheck_tool("gradcheck " + arguments).out, mark = "repro: ";
        const std::size_t at = out.find(mark);
        REQUIRE(at != std::string::npos);
        return out.substr(at + mark.size(), out.find('\n', at) - at - mark.size());
    };
    for (const std::string arguments : {"--shape 4,3,5 --full --seed 9", "gradient -k 'gradient/eps-float32-1e-05-train'"}) {
        const std::string repro = repro_of(arguments + wrong("dx-negated")), name = "bncheck ";
        INFO(repro);
        REQUIRE(repro.starts_with("bncheck gradcheck "));
        CHECK((repro.find("--full") != std::string::npos) == (arguments.find("--full") != std::string::npos));
        const auto first = report_of(arguments + wrong("dx-negated"));
        const auto again = Json::parse(bncheck_tool(repro.substr(name.size()) + " --json - 2>/dev/null").out);
        CHECK(again["summary"]["fail"] == 1);
        CHECK(again["cases"][0] == first["cases"][0]);
    }
}

TEST_CASE("gradcheck: a candidate with one pass is asked for that alone") {
    need_numpy();
    const Folder folder;
    const Json forward = report_of("--shape 4,3,5" + serving(folder, "numpy_candidate.forward"));
    CHECK(forward["summary"]["verdict"] == "pass");
    CHECK(methods_of(forward, "dx") == std::set<std::string>{"independence", "differences", "directions", "definition"});
    CHECK(check_of(forward, "dx", "vjp")["reason"] == "the candidate does not support pass backward");
    const Json backward = report_of("--shape 4,3,5" + serving(folder, "None, numpy_candidate.backward"));
    CHECK(backward["summary"]["verdict"] == "pass");
    CHECK(methods_of(backward, "dx") == std::set<std::string>{"independence", "vjp", "definition"});
    CHECK(check_of(backward, "dx", "differences")["reason"] == "the candidate does not support pass forward");
}

TEST_CASE("run: the text of a case whose forward fails beside gradient methods is complete") {
    need_numpy();
    const Outcome outcome = bncheck_tool("run --shape 4,3,5 --checks forward,gradient -v" + wrong("y-scaled"));
    CHECK(outcome.code == 1);
    CHECK(outcome.out.find("gradient dx differences") != std::string::npos);
    CHECK(outcome.out.find("internal error") == std::string::npos);
}
