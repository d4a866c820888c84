#include <catch2/catch.hpp>
#include <functional>
#include <nlohmann/json.hpp>

#include "../report_bytes.hpp"
#include "../shell.hpp"
#include "../small_npy.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// The reports of a run in shards, in a folder as 1.json, 2.json and so on.
struct Shards : Folder {
    std::size_t of;
    Shards(const std::string& run, std::size_t n) : of(n) {
        for (std::size_t k = 1; k <= n; ++k) {
            const Outcome shard = write_shard(run, k, std::to_string(k) + ".json");
            INFO(shard.out);
            REQUIRE(shard.code != 2);
        }
    }
    Outcome write_shard(const std::string& run, std::size_t k, const std::string& name) const {
        return bncheck_tool(run + " -q --shard " + std::to_string(k) + "/" + std::to_string(of) + " --json " + file(name));
    }
    std::string file(const std::string& name) const { return (path / name).string(); }
    /// Of the shards, the last first; another file stands for one of them.
    std::string all(std::size_t instead = 0, const std::string& name = "") const {
        std::string words;
        for (std::size_t k = of; k > 0; --k) words += " " + file(k == instead ? name : std::to_string(k) + ".json");
        return words;
    }
    void change(const std::string& from, const std::string& to, const std::function<void(Json&)>& edit) const {
        Json json = Json::parse(read_text(file(from)));
        edit(json);
        write(to, json.dump());
    }
};

void is_the_same_as_whole(const std::string& run, std::size_t shards) {
    const Shards parts(run, shards);
    const Outcome whole = bncheck_tool(run + " -q --json " + parts.file("whole.json"));
    const Outcome merged = bncheck_tool("merge" + parts.all() + " --json " + parts.file("merged.json"));
    INFO(run << "\n" << merged.out);
    CHECK(merged.code == whole.code);
    CHECK(without_environment(read_text(parts.file("merged.json"))) ==
          without_environment(read_text(parts.file("whole.json"))));
    const std::string printed = bncheck_tool("merge" + parts.all() + " --json -").out;
    CHECK(printed == read_text(parts.file("merged.json")));
}

void is_refused(const Outcome& outcome, const std::vector<std::string>& words) {
    INFO(outcome.out);
    CHECK(outcome.code == 2);
    for (const std::string& word : words) {
        INFO(word);
        CHECK(outcome.out.find(word) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("seven shards joined are the bytes of the whole run") {
    is_the_same_as_whole("run smoke edge", 7);
    is_the_same_as_whole("run smoke -k known", 50);  // most are empty
    is_the_same_as_whole("run edge --candidate builtin:textbook --strict", 3);
}

TEST_CASE("shards of a run that stops at a failure, joined, stop where it does") {
    is_the_same_as_whole("run edge conditioning --candidate builtin:textbook --fail-fast", 4);
}

TEST_CASE("known failures are decided on the whole") {
    const Folder folder;
    const auto entry = [](const std::string& cases, const std::string& tensor, const Json& number) {
        return Json{{"case", cases}, {"tensor", tensor}, {"number", number}, {"reason", "E[x^2] - E[x]^2 cancels"}};
    };
    const std::string first = "conditioning/mean-0-NCHW-1x16x2";
    // About a failure, about cases of several shards none of which has the tensor, about no case, about cases of another suite.
    const Json known{{"known_failures",
                      {entry(first, "save_invstd", 1.67), entry("conditioning/mean-0-NCHW-(1x16x2|4x16x2)", "gx", 3),
                       entry("conditioning/no-such-case", "y", 2), entry("smoke/known-answer", "y", 2)}}};
    const std::string file = folder.write("known.json", known.dump());
    const std::string run = "run conditioning --candidate builtin:textbook --known-failures " + file;
    is_the_same_as_whole(run, 5);
    is_the_same_as_whole(run + " --fail-fast", 3);
    is_the_same_as_whole(run + " --checks forward,running", 3);
    is_the_same_as_whole(run + " -k '^" + first + "$'", 2);
    // It is the second that no shard alone can know of.
    const Shards parts(run, 5);
    const Json merged = Json::parse(bncheck_tool("merge" + parts.all() + " --json -").out);
    CHECK(merged["known_failures"]["unmatched"].size() == 2);
    CHECK(merged["known_failures"]["elsewhere"] == 1);
}

TEST_CASE("shards of other data are refused, wherever the case file lies") {
    const Folder folder;
    const auto suite_in = [&](const std::string& name, double last) {
        std::filesystem::create_directories(folder.path / name);
        Json cases = Json::array();
        for (const char* each : {"a", "b", "c"})
            cases.push_back({{"name", each}, {"shape", {2, 1, 2}}, {"data", {{"x", {{"file", "x.npy"}}}}}});
        write_small_npy(folder.path / name / "x.npy", last);
        return folder.write(name + "/s.json", Json({{"suite", "s"}, {"cases", cases}}).dump());
    };
    const auto shard = [&](const std::string& name, double last, int k) {
        const std::string file = (folder.path / name / (std::to_string(k) + ".json")).string();
        // In its own folder, so that the command is the same.
        suite_in(name, last);
        CHECK(shell("cd " + (folder.path / name).string() + " && " BNCHECK_BINARY " run s.json -q --shard " +
                    std::to_string(k) + "/2 --json " + file)
                  .code == 0);
        return " " + file;
    };
    const std::string one = shard("one", 4, 1);
    CHECK(bncheck_tool("merge" + one + shard("two", 4, 2)).code == 0);
    is_refused(bncheck_tool("merge" + one + shard("three", 5, 2)),
               {"three/2.json: /shard/data", "another s x.npy than in ", "one/1.json", "the same files"});
}

TEST_CASE("shards that are missing, doubled or of different runs are refused") {
    const std::string run = "run smoke";
    const Shards parts(run, 3);
    const auto merged = [&](std::size_t instead, const std::string& name) {
        return bncheck_tool("merge" + parts.all(instead, name) + " --json " + parts.file("merged.json"));
    };
    CHECK(bncheck_tool("merge").code == 2);
    is_refused(bncheck_tool("merge " + parts.file("1.json")), {"shards 2/3, 3/3 are missing"});
    is_refused(bncheck_tool("merge" + parts.all() + " " + parts.file("2.json")), {"2/3", "2.json", "once"});
    const auto other = [&](const std::string& other_run, const std::vector<std::string>& words) {
        REQUIRE(parts.write_shard(other_run, 2, "other.json").code != 2);
        is_refused(merged(2, "other.json"), words);
    };
    other("run smoke --seed 1", {"other.json: /options/seed", "is 1, and null"});
    other("run smoke --candidate builtin:welford", {"/candidate/spec", "builtin:welford"});
    other("run smoke edge", {"/suites"});
    other("run smoke --fail-fast", {"/shard/fail_fast"});
    other("gradcheck smoke", {"/options/checks"});
    other("run smoke -k float32", {"/options/filter"});
    const auto edited = [&](const std::function<void(Json&)>& edit, const std::vector<std::string>& words) {
        parts.change("2.json", "other.json", edit);
        is_refused(merged(2, "other.json"), words);
    };
    edited([](Json& r) { r["bncheck"]["version"] = "0.0.9"; }, {"/bncheck/version", "0.0.9"});
    edited([](Json& r) { r["shard"]["digests"]["smoke"] = "0000000000000000"; }, {"/shard/digests/smoke", "another text"});
    edited([](Json& r) { r["cases"].erase(0); }, {"other.json: /summary/cases"});
    edited(
        [](Json& r) {
            for (const auto& [key, less] : {std::pair{"cases", std::size_t{1}}, std::pair{"pass", std::size_t{1}},
                                            std::pair{"checks", r["cases"][0]["checks"].size()}})
                r["summary"][key] = r["summary"][key].get<std::size_t>() - less;
            r["cases"].erase(0);
        },
        {"other.json", " of its ", "run the shard to its end"});
    edited([&](Json& r) { r["cases"][0]["id"] = Json::parse(read_text(parts.file("1.json")))["cases"][0]["id"]; },
           {"other.json: /cases/0/id", "1.json has too"});
    edited([](Json& r) { std::swap(r["shard"]["positions"][0], r["shard"]["positions"][1]); },
           {"other.json: /shard/positions/1", "below the one before"});
    edited([](Json& r) { r["summary"]["partial"] = true; }, {"other.json", "interrupted", "--resume"});
    edited([](Json& r) { r["shard"]["selected"] = 1e18; }, {"/shard/selected"});
    edited([](Json& r) { r["options"]["shard"] = "2/4"; }, {"2/4", "3/3"});
    edited([](Json& r) { r["options"]["shard"] = nullptr; }, {"other.json", "not the report of a shard"});
    edited([](Json& r) { r["shard"]["positions"][0] = 161; }, {"other.json: /shard/positions/0", "selected"});
    edited([](Json& r) { r["shard"]["positions"][1] = r["shard"]["positions"][0]; }, {"/shard/positions/1"});
    edited([](Json& r) { r["cases"][0].erase("id"); }, {"other.json: /cases/0", "lacks 'id'"});
    edited([](Json& r) { r["cases"][0]["verdict"] = "fine"; }, {"/cases/0/verdict", "fine"});
    edited([](Json& r) { r["bncheck"]["report"] = 2; }, {"/bncheck/report"});
    CHECK_FALSE(std::filesystem::exists(parts.file("merged.json")));
    parts.write("other.json", "{\"bncheck\":");
    is_refused(merged(2, "other.json"), {"other.json", "no JSON"});
    CHECK(bncheck_tool("merge /no/such/file").code == 2);
    const std::string first = read_text(parts.file("1.json"));
    is_refused(bncheck_tool("merge" + parts.all() + " --json " + parts.file("1.json")), {"--json", "is one of the shards"});
    CHECK(read_text(parts.file("1.json")) == first);
    CHECK(bncheck_tool("merge" + parts.all() + " --json /no/such/folder/r.json").code == 2);
}
