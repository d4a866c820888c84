#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// A report of two cases, and what `diff` says of it and an edited copy.
struct Reports : Folder {
    Json report;
    Reports() {
        REQUIRE(bncheck_tool("run smoke -k '^smoke/ranks-float32-NCHW-(6x5|3x4x7)$' --json " + file("a.json")).code == 0);
        report = Json::parse(read_text(file("a.json")));
        REQUIRE(report["cases"].size() == 2);
    }
    std::string file(const std::string& name) const { return (path / name).string(); }
    Outcome diff(const std::function<void(Json&)>& edit, const std::string& flags = "") const {
        Json other = report;
        edit(other);
        write("b.json", other.dump());
        return bncheck_tool("diff " + file("a.json") + " " + file("b.json") + " " + flags);
    }
    std::vector<Json> changes(const std::function<void(Json&)>& edit) const {
        return Json::parse(diff(edit, "--json -").out)["changes"].get<std::vector<Json>>();
    }
};

Json& check(Json& report, std::size_t k = 0) { return report["cases"][0]["checks"][k]; }

}  // namespace

TEST_CASE("a report does not differ from itself") {
    const Reports reports;
    const Outcome same = reports.diff([](Json&) {}, "--digits-tolerance 0");
    INFO(same.out);
    CHECK(same.code == 0);
    CHECK(same.out.find("no worse: 0 worse, 0 better, 0 appeared, 0 vanished") == 0);
    CHECK(reports.changes([](Json& r) { r["environment"]["host"] = "another"; }).empty());
    // From stdin, on either side but not on both.
    const std::string a = reports.file("a.json");
    CHECK(bncheck_tool("diff - " + a + " < " + a).out == same.out);
    CHECK(bncheck_tool("diff " + a + " - < " + a).out == same.out);
    CHECK(bncheck_tool("diff - - < " + a).code == 2);
}

TEST_CASE("a worse candidate is worse, and the other way round it is better") {
    const Folder folder;
    const auto report_of = [&](const std::string& candidate) {
        const std::string file = (folder.path / (candidate + ".json")).string();
        bncheck_tool("run smoke -q --candidate builtin:" + candidate + " --json " + file);
        return file;
    };
    const std::string good = report_of("fast"), bad = report_of("textbook");
    const Outcome worse = bncheck_tool("diff " + good + " " + bad), better = bncheck_tool("diff " + bad + " " + good);
    CHECK(worse.code == 1);
    CHECK(worse.out.find("pass -> fail") < worse.out.find("\n"));  // the worst stands first
    CHECK(worse.out.find("-v shows all") != std::string::npos);
    CHECK(better.code == 0);
    CHECK(better.out.find("fail -> pass") != std::string::npos);
    CHECK(bncheck_tool("diff -v " + good + " " + bad).out.find("-v shows all") == std::string::npos);
}

TEST_CASE("verdicts in their order: each is worse than the ones before it") {
    const Reports reports;
    const std::vector<std::string> order{"pass", "inconclusive", "skipped", "xfail", "fail", "error"};
    for (std::size_t a = 0; a < order.size(); ++a)
        for (std::size_t b = 0; b < order.size(); ++b) {
            Reports from = {};
            check(from.report)["verdict"] = order[a];
            from.write("a.json", from.report.dump());
            const Outcome outcome = from.diff([&](Json& r) { check(r)["verdict"] = order[b]; });
            INFO(order[a] << " -> " << order[b] << "\n" << outcome.out);
            CHECK(outcome.code == (b > a));
        }
    CHECK(reports.diff([](Json& r) { check(r)["verdict"] = "xpass"; }).code == 0);
    // Of a case that came to no check at all.
    const auto broken = [](Json& r) {
        r["cases"][0]["verdict"] = "error";
        r["cases"][0]["checks"] = Json::array();
    };
    CHECK(reports.diff(broken).code == 1);
}

TEST_CASE("digits lost fail beyond the tolerance, and only where one is given") {
    const Reports reports;
    const auto lose = [](double digits) {
        return [=](Json& r) {
            check(r)["correct_digits"] = check(r)["correct_digits"].get<double>() - digits;
            check(r)["utilisation"] = 0.5;
        };
    };
    CHECK(reports.diff(lose(3)).code == 0);
    CHECK(reports.diff(lose(3)).out.find("1 worse") != std::string::npos);
    CHECK(reports.diff(lose(0.1), "--digits-tolerance 0.1").code == 0);
    CHECK(reports.diff(lose(0.11), "--digits-tolerance 0.1").code == 1);
    CHECK(reports.diff(lose(0.01), "--digits-tolerance 0").code == 1);
    CHECK(reports.diff(lose(-3), "--digits-tolerance 0").code == 0);
    CHECK(reports.diff(lose(0), "--digits-tolerance -1").code == 2);
    // NaN where digits were is all of them lost.
    CHECK(reports.diff([](Json& r) { check(r)["correct_digits"] = "nan"; }, "--digits-tolerance 7").code == 1);
}

TEST_CASE("the figures of a change are those of the two reports") {
    const Reports reports;
    const auto edit = [](Json& r) {
        check(r)["max_ulp"] = "inf";
        check(r)["utilisation"] = 2;
    };
    const std::vector<Json> changes = reports.changes(edit);
    REQUIRE(changes.size() == 1);
    Json original = reports.report;
    CHECK(changes[0]["case"] == original["cases"][0]["id"]);
    CHECK(changes[0]["check"] == check(original)["check"]);
    CHECK(changes[0]["tensor"] == check(original)["tensor"]);
    CHECK(changes[0]["utilisation"] == Json{check(original)["utilisation"], 2.0});
    CHECK(changes[0]["max_ulp"] == Json{check(original)["max_ulp"], "inf"});
    CHECK(changes[0]["change"] == "worse");
    CHECK(changes[0]["fails"] == false);
}

TEST_CASE("what appeared, vanished or became another case is listed and fails nothing") {
    const Reports reports;
    const Outcome vanished = reports.diff([](Json& r) { r["cases"].erase(0); });
    CHECK(vanished.code == 0);
    CHECK(vanished.out.find("vanished     smoke/ranks-float32-NCHW-6x5") != std::string::npos);
    const Outcome renamed = reports.diff([](Json& r) { r["cases"][0]["id"] = "smoke/new"; });
    CHECK(renamed.code == 0);
    CHECK(renamed.out.find("1 appeared, 1 vanished") != std::string::npos);
    CHECK(reports.changes([](Json& r) { r["cases"][0]["checks"].erase(0); }).size() == 1);
    const Outcome another = reports.diff([](Json& r) {
        r["cases"][0]["seed"] = 7;
        check(r)["verdict"] = "fail";
    });
    CHECK(another.code == 0);
    CHECK(another.out.find("its seed is another") != std::string::npos);
    // With other settings it may be no worse than it was before.
    const Outcome worse = reports.diff([](Json& r) {
        r["cases"][0]["seed"] = 7;
        r["cases"][0]["verdict"] = "fail";
    });
    CHECK(worse.code == 1);
    CHECK(worse.out.find("not compared smoke/ranks-float32-NCHW-6x5  pass -> fail  its seed is another") != std::string::npos);
    const Outcome allowed = reports.diff([](Json& r) { check(r)["allow"] = {{"ulp", 1e12}}; });
    CHECK(allowed.out.find("its allowance is another") != std::string::npos);
    CHECK(reports.diff([](Json& r) { r["cases"][0]["require"] = "textbook"; }).out.find("its require is another") !=
          std::string::npos);
}

TEST_CASE("reports that cannot be compared or read are refused") {
    const Reports reports;
    CHECK(reports.diff([](Json& r) { r["cases"] = Json::array(); }).code == 2);
    const Outcome seeds = reports.diff([](Json& r) {
        for (Json& c : r["cases"]) c["seed"] = 7;
    });
    CHECK(seeds.code == 2);
    CHECK(seeds.out.find("seed") != std::string::npos);
    CHECK(reports.diff([](Json& r) { r["bncheck"]["report"] = 2; }).code == 2);
    CHECK(reports.diff([](Json& r) { check(r)["utilisation"] = "much"; }).out.find("/cases/0/checks/0/utilisation") !=
          std::string::npos);
    CHECK(bncheck_tool("diff " + reports.file("a.json") + " /no/such/file").code == 2);
    CHECK(bncheck_tool("diff " + reports.file("a.json") + " cases/smoke.json").code == 2);
    CHECK(bncheck_tool("diff " + reports.file("a.json")).code == 2);
}

TEST_CASE("diff is not fooled by an interrupted run, by a tolerance that is no number, or by a new case that fails") {
    const Reports reports;
    const auto same = [](Json&) {};
    const Outcome partial = reports.diff([](Json& r) { r["summary"]["partial"] = true; });
    CHECK(partial.code == 2);
    CHECK(partial.out.find("interrupted") != std::string::npos);
    CHECK(reports.diff(same, "--digits-tolerance nan").code == 2);
    const auto with_another = [](const std::string& verdict) {
        return [verdict](Json& r) {
            r["cases"].push_back(r["cases"][0]);
            r["cases"].back()["id"] = "smoke/another";
            r["cases"].back()["verdict"] = verdict;
        };
    };
    CHECK(reports.diff(with_another("pass")).code == 0);
    CHECK(reports.diff(with_another("fail")).code == 1);
}
