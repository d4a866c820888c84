#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

std::string one_case(const std::string& keys) {
    return R"({"suite": "s", "cases": [{"name": "c", "shape": [4, 3], )" + keys + "}]}";
}

Json report_of(const Outcome& outcome) { return Json::parse(outcome.out); }

const Json& check_of(const Json& report, const std::string& tensor) {
    for (const Json& check : report["cases"][0]["checks"])
        if (check["tensor"] == tensor) return check;
    FAIL("no check of " << tensor);
    return report;
}

}  // namespace

TEST_CASE("the main job passes, and two runs and any number of threads give the same report") {
    const Outcome text = bncheck_tool("run");
    CHECK(text.code == 0);
    CHECK(text.out.find("fail") == std::string::npos);
    const auto stable = [](const std::string& flags) {
        Json report = report_of(bncheck_tool("run smoke --json - " + flags));
        report.erase("environment");
        return report.dump();
    };
    CHECK(stable("-j 1") == stable("-j 2"));
}

TEST_CASE("exit codes") {
    CHECK(bncheck_tool("run smoke -k nothing-of-that-name").code == 4);
    CHECK(bncheck_tool("run --no-such-flag").code == 2);
    CHECK(bncheck_tool("run no-such-suite").code == 2);
    CHECK(bncheck_tool("run --candidate builtin:nothing").code == 2);
    CHECK(bncheck_tool("run --candidate exec:/no/such/program").code == 3);
    CHECK(bncheck_tool("run -k '('").code == 2);
    CHECK(bncheck_tool("run --json /no/such/folder/r.json -k known-answer").code == 2);
    CHECK(bncheck_tool("--version").code == 0);
    CHECK(bncheck_tool("derive").code == 0);
    CHECK(bncheck_tool("list smoke").code == 0);
    CHECK(bncheck_tool("describe").code == 0);
    CHECK(bncheck_tool("schema nothing").code == 2);
}

TEST_CASE("the shards of a run have every case once") {
    std::size_t total = 0;
    for (int k = 1; k <= 3; ++k) {
        const std::string out = bncheck_tool("list all --shard " + std::to_string(k) + "/3").out;
        total += static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n'));
    }
    const std::string all = bncheck_tool("list all").out;
    CHECK(total == static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n')));
}

TEST_CASE("a case from flags is the same as its dumped file") {
    const std::string flags = "--shape 4,3,5 --dtype float64 --layout NHWC --eps 1e-3 --x normal:mean=1e4,stddev=2";
    const Folder folder;
    const std::string file = folder.write("flags.json", bncheck_tool("run --dump-case " + flags).out);
    Json a = report_of(bncheck_tool("run --json - " + flags)), b = report_of(bncheck_tool("run --json - " + file));
    REQUIRE(a["cases"].size() == 1);
    for (Json* report : {&a, &b}) (*report)["cases"][0].erase("repro");
    CHECK(a["cases"] == b["cases"]);
    CHECK(bncheck_tool("run --shape 4,three").code == 2);
    CHECK(bncheck_tool("run smoke --shape 4,3").code == 2);
}

TEST_CASE("a known answer that is wrong by the least that must be seen fails, as the oracle's word") {
    const Folder folder;
    const std::string data = R"("eps": 0, "data": {"x": {"values": [1, 2, 4]}}, "shape": [3, 1], )";
    const auto suite = [&](const std::string& value) {
        return folder.write("s.json", R"({"suite": "s", "cases": [{"name": "c", )" + data +
                                          R"("expect": {"save_mean": {"values": [)" + value + "]}}}]}");
    };
    CHECK(bncheck_tool("run " + suite("\"7/3\"")).code == 0);
    const Outcome wrong = bncheck_tool("run " + suite("2.3333333333333335"));  // the nearest double is not 7/3
    CHECK(wrong.code == 1);
    CHECK(wrong.out.find("oracle itself disagrees") != std::string::npos);
}

TEST_CASE("an expected refusal passes, and one that does not come fails") {
    const Folder folder;
    CHECK(bncheck_tool("run " + folder.write("a.json", one_case(R"("eps": -1, "expect_error": "bad-eps")"))).code == 0);
    CHECK(bncheck_tool("run " + folder.write("b.json", one_case(R"("eps": 1, "expect_error": "bad-eps")"))).code == 1);
    CHECK(bncheck_tool("run " + folder.write("c.json", one_case(R"("eps": -1, "expect_error": "bad-shape")"))).code == 1);
}

TEST_CASE("a constant channel of 1e7+3 is inconclusive under sequential for a float kernel and decided under wide") {
    const std::string flags = "--shape 8,1,64,64 --eps 1e-5 --x constant:10000003 --json - ";
    const Json sequential = report_of(bncheck_tool("run --candidate builtin:welford --require sequential " + flags));
    CHECK(sequential["summary"]["fail"] == 0);
    const Json strict = report_of(bncheck_tool("run --candidate builtin:two_pass --require sequential " + flags));
    CHECK(check_of(strict, "y")["verdict"] == "inconclusive");
    CHECK(bncheck_tool("run --candidate builtin:two_pass --require sequential --strict " + flags).code == 1);
    CHECK(bncheck_tool("run --candidate builtin:two_pass --require wide " + flags).code == 1);
    CHECK(bncheck_tool("run --candidate builtin:fast --require wide " + flags).code == 0);
}

TEST_CASE("an allowance is added to the bound and marked") {
    const Folder folder;
    const std::string data = R"("require": "rounded", "data": {"x": {"normal": {"mean": 100}}})";
    const std::string
        strict = folder.write("a.json", one_case(data)),
        lenient = folder.write(
            "b.json",
            one_case(
                data +
                R"(, "checks": ["forward"], "allow": {"y": {"ulp": 1e6}, "save_mean": {"ulp": 9}, "save_invstd": {"ulp": 1e6}})"));
    CHECK(bncheck_tool("run --candidate builtin:two_pass " + strict).code == 1);
    const Json report = report_of(bncheck_tool("run --candidate builtin:two_pass --json - " + lenient));
    CHECK(report["summary"]["verdict"] == "pass");
    CHECK(check_of(report, "y")["allow"]["ulp"] == 1e6);
}

TEST_CASE("every bad case file is refused with its place, whatever stands beside it, and exit 2") {
    const Json index = Json::parse(read_text(BNCHECK_SOURCE "/tests/bad_cases/index.json"));
    for (const auto& [name, due] : index.items()) {
        const Outcome outcome = bncheck_tool("run smoke tests/bad_cases/" + name);
        INFO(name << ": " << outcome.out);
        CHECK(outcome.code == 2);
        CHECK(outcome.out.find(name) != std::string::npos);
        CHECK(outcome.out.find("; ") != std::string::npos);  // the way out
        const std::string pointer = due["pointer"];
        CHECK(outcome.out.find(pointer.empty() ? ":" : ": " + pointer + ": ") != std::string::npos);
    }
}
