#include <cmath>
#include <map>
#include <set>

#include "renderings.hpp"

namespace {

std::string outcome_of(const std::string& verdict, bool strict) {
    return verdict == "pass"                         ? "pass"
           : verdict == "error"                      ? "error"
           : verdict == "fail" || verdict == "xpass" ? "failure"
           : verdict == "inconclusive" && strict     ? "failure"
                                                     : "skipped";
}

Json rendered(const Json& report) {
    const Folder folder;
    const Outcome outcome =
        bncheck_tool("report -q " + folder.write("r.json", report.dump()) + " --junit " + (folder.path / "r.xml").string());
    INFO(outcome.out);
    REQUIRE(outcome.code != 2);
    return parsed_junit((folder.path / "r.xml").string());
}

bool validates(const std::string& file) { return shell("xmllint --noout --schema tests/schemas/junit.xsd " + file).code == 0; }

std::size_t as_count(const Json& text) { return std::stoul(text.get<std::string>()); }

}  // namespace

TEST_CASE("JUnit has every case of a run once, with its verdict, its time and the numbers of the report") {
    const Folder folder;
    const std::string xml = (folder.path / "r.xml").string(), json = (folder.path / "r.json").string();
    for (const std::string strict : {"", " --strict"}) {
        CHECK(bncheck_tool("run conditioning -k 'N...-1x16x2$' --candidate builtin:textbook --require pairwise -q --junit " +
                           xml + " --json " + json + strict)
                  .code == 1);
        const Json report = Json::parse(read_text(json)), suites = parsed_junit(xml);
        std::map<std::string, Json> cases;
        for (const Json& suite : suites)
            for (const Json& c : suite["cases"])
                CHECK(cases.emplace(c["classname"].get<std::string>() + "/" + c["name"].get<std::string>(), c).second);
        CHECK(cases.size() == report["cases"].size());
        std::size_t failures = 0, numbers = 0;
        for (const Json& c : report["cases"]) {
            INFO(c["id"]);
            const Json& test = cases.at("bncheck." + c["id"].get<std::string>());
            CHECK(test["outcome"] == outcome_of(c["verdict"], !strict.empty()));
            // Milliseconds, rounded.
            const double seconds = report["environment"]["seconds_by_case"][c["id"].get<std::string>()];
            CHECK(std::abs(std::stod(test["time"].get<std::string>()) - seconds) <= 0.00051);
            if (test["outcome"] != "failure") continue;
            ++failures;
            const std::string text = test["text"];
            CHECK(text.find("repro: " + c["repro"].get<std::string>()) != std::string::npos);
            for (const Json& check : c["checks"]) {
                if (check["verdict"] != "fail") continue;
                const Json& worst = check["worst"];
                const std::string begin =
                    check["check"].get<std::string>() + " " + check["tensor"].get<std::string>() + ": fail\n";
                REQUIRE(text.find(begin) != std::string::npos);
                const std::string block = text.substr(text.find(begin));
                const auto has = [&](const std::string& key, const Json& value) {
                    ++numbers;
                    return block.find(key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) + "\n") <
                           block.find("  bound: ") + 100;
                };
                for (const char* key : {"required", "utilisation", "max_ulp", "correct_digits", "failed"})
                    CHECK(has(key, check[key]));
                for (const char* key : {"got", "want", "error", "bound"}) CHECK(has(key, worst[key]));
                CHECK(block.find("worst: " + worst["index"].dump() + "\n") != std::string::npos);
            }
        }
        CHECK(failures > 0);
        CHECK(numbers > 9 * failures);
        const Json& attributes = suites[0]["attributes"];
        CHECK(as_count(attributes["tests"]) == report["cases"].size());
        CHECK(as_count(attributes["failures"]) == failures);
        CHECK(attributes["hostname"] == report["environment"]["host"]);
        CHECK(attributes["timestamp"].get<std::string>() + "Z" == report["environment"]["started"]);
        CHECK(suites[0]["properties"]["candidate"] == "builtin:textbook");
    }
}

TEST_CASE("JUnit of what the tool writes validates, and with a fault it does not") {
    need_program("xmllint");
    const Folder folder;
    const std::string file = (folder.path / "r.xml").string();
    const auto run = [&](const std::string& arguments) { bncheck_tool("run " + arguments + " -q --junit " + file); };
    run("smoke --candidate 'exec:/usr/bin/python3 tests/candidates/hostile.py'");
    CHECK(validates(file));
    run("smoke conditioning -k 'known|N...-1x16x2$' --candidate builtin:textbook");
    CHECK(validates(file));
    const std::string text = read_text(file);
    Json timeless = failing_report();
    timeless["environment"] = Json::object();
    bncheck_tool("report -q " + folder.write("timeless.json", timeless.dump()) + " --junit " + file);
    CHECK(validates(file));
    const auto with = [&](const std::string& right, const std::string& wrong) {
        std::string changed = text;
        REQUIRE(text.find(right) != std::string::npos);
        return folder.write("wrong.xml", changed.replace(text.find(right), right.size(), wrong));
    };
    CHECK(validates(with("<testsuites>", "<testsuites >")));
    CHECK_FALSE(validates(with("<testsuites>", "<testsuites time=\"1\">")));
    CHECK_FALSE(validates(with(" hostname=", " host=")));
    CHECK_FALSE(validates(with("<system-err></system-err>", "")));
    CHECK_FALSE(validates(with("type=\"fail\"", "")));
    CHECK_FALSE(validates(with("<failure", "<skipped/><failure")));
    CHECK_FALSE(validates(with("name=\"known-backward-float32\"", "name=\"known-answer\"")));
}

TEST_CASE("JUnit: skipped, xfail, inconclusive, error, and known failures that match nothing") {
    Json report = failing_report();
    const std::vector<std::string> verdicts{"pass", "fail", "error", "xpass", "xfail", "skipped", "inconclusive"};
    for (std::size_t k = 0; k < report["cases"].size(); ++k) {
        Json& c = report["cases"][k];
        c["verdict"] = verdicts[k % verdicts.size()];
        for (Json& check : c["checks"]) check["verdict"] = c["verdict"];
        c["reason"] = "because of " + c["id"].get<std::string>();
    }
    for (const bool strict : {false, true}) {
        report["options"]["strict"] = strict;
        const Json suites = rendered(counted(report));
        REQUIRE(suites.size() == 1);
        for (std::size_t k = 0; k < report["cases"].size(); ++k) {
            const Json &c = report["cases"][k], &test = suites[0]["cases"][k];
            CHECK(test["outcome"] == outcome_of(c["verdict"], strict));
            if (c["verdict"] != "pass") CHECK(test["message"].get<std::string>().find(c["verdict"]) == 0);
            if (c["verdict"] != "pass") CHECK(test["message"].get<std::string>().find(c["reason"]) != std::string::npos);
        }
    }
    report["known_failures"] = {
        {"file", "known.json"},
        {"entries", 1},
        {"elsewhere", 0},
        {"unmatched", {{{"case", "a/b"}, {"tensor", "dx"}, {"place", "known.json: /known_failures/0"}, {"reason", "was so"}}}}};
    const Json suites = rendered(counted(report));
    REQUIRE(suites.size() == 2);
    CHECK(suites[1]["cases"][0]["outcome"] == "failure");
    CHECK(suites[1]["cases"][0]["name"] == "known.json: /known_failures/0");
    CHECK(suites[1]["cases"][0]["message"].get<std::string>().find("dx in a/b") != std::string::npos);
}

TEST_CASE("JUnit: names stay text, and apart where XML can hold what tells them apart no more; unknown times are 0") {
    Json report = many_failures(hostile_names().size() + 2);
    for (std::size_t k = 0; k < report["cases"].size(); ++k) {
        const std::string name = k < 2 ? std::string("twice") + static_cast<char>(1 + k) : hostile_names()[k - 2];
        report["cases"][k]["suite"] = "s";
        report["cases"][k]["id"] = "s/" + name;
        if (k != 0) report["environment"]["seconds_by_case"]["s/" + name] = 1.5;
    }
    report["suites"][0]["name"] = "s";
    const Json suites = rendered(report);
    REQUIRE(suites.size() == 1);
    std::set<std::string> names;
    for (const Json& test : suites[0]["cases"]) names.insert(test["name"]);
    CHECK(names.size() == report["cases"].size());
    CHECK(names.count("twice\xef\xbf\xbd") == 1);
    CHECK(names.count("twice\xef\xbf\xbd (2)") == 1);
    CHECK(names.count("<script><img onerror=alert(1) src=x>") == 1);
    CHECK(names.count("nul\xef\xbf\xbd") == 1);
    CHECK(std::stod(suites[0]["cases"][0]["time"].get<std::string>()) == 0);
    CHECK(suites[0]["cases"][2]["time"] == "1.500");
}
