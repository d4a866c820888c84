#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "../shell.hpp"

using Json = nlohmann::ordered_json;

namespace {

/// Without what the engine that runs the tests may say.
const std::string clean =
    "env -u TEST_SHARD_INDEX -u TEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX -u GTEST_TOTAL_SHARDS -u CI_NODE_INDEX -u CI_NODE_TOTAL "
    "-u SLURM_ARRAY_TASK_ID -u SLURM_ARRAY_TASK_COUNT -u SLURM_PROCID -u SLURM_NTASKS -u OMPI_COMM_WORLD_RANK "
    "-u OMPI_COMM_WORLD_SIZE -u PMI_RANK -u PMI_SIZE ";

Outcome list_in(const std::string& variables) {
    return shell(clean + variables + " " + BNCHECK_BINARY + " list smoke --shard auto");
}

}  // namespace

TEST_CASE("the engine names the shard that --shard auto is") {
    const std::string third = bncheck_tool("list smoke --shard 3/7").out;
    REQUIRE(third != bncheck_tool("list smoke --shard 2/7").out);
    for (const std::string engine :
         {"TEST_SHARD_INDEX=2 TEST_TOTAL_SHARDS=7", "GTEST_SHARD_INDEX=2 GTEST_TOTAL_SHARDS=7",
          "CI_NODE_INDEX=3 CI_NODE_TOTAL=7", "OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=7", "PMI_RANK=2 PMI_SIZE=7",
          "SLURM_PROCID=2 SLURM_NTASKS=7",
          "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=7 SLURM_ARRAY_TASK_COUNT=7"}) {
        const Outcome listed = list_in(engine);
        INFO(engine);
        CHECK(listed.code == 0);
        CHECK(listed.out == third);
    }
    const Outcome none = list_in("");
    CHECK(none.code == 2);
    CHECK(none.out.find("SLURM_ARRAY_TASK_ID") != std::string::npos);
    CHECK(list_in("PMI_RANK=7 PMI_SIZE=7").code == 2);
    CHECK(bncheck_tool("list smoke --shard automatic").code == 2);
}

TEST_CASE("four ranks of mpirun, joined, report what the whole run does") {
    const Folder folder;
    const auto file = [&](const std::string& name) { return (folder.path / name).string(); };
    std::string reports;
    for (int rank = 0; rank < 4; ++rank) {
        const std::string report = file(std::to_string(rank) + ".json");
        const Outcome run = shell(clean + "OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_RANK=" + std::to_string(rank) + " " +
                                  BNCHECK_BINARY + " run smoke -q --shard auto --json " + report);
        REQUIRE(run.code == 0);
        reports += " " + report;
    }
    REQUIRE(bncheck_tool("run smoke -q --json " + file("whole.json")).code == 0);
    REQUIRE(bncheck_tool("merge" + reports + " --json " + file("merged.json")).code == 0);
    Json whole = Json::parse(read_text(file("whole.json"))), merged = Json::parse(read_text(file("merged.json")));
    CHECK(merged["environment"]["shards"].size() == 4);
    whole.erase("environment");
    merged.erase("environment");
    CHECK(merged.dump() == whole.dump());
}

TEST_CASE("Bazel's status file is touched") {
    const Folder folder;
    const std::string file = (folder.path / "status").string(), shard = "TEST_SHARD_INDEX=2 TEST_TOTAL_SHARDS=7 ";
    CHECK(list_in(shard + "TEST_SHARD_STATUS_FILE=" + file).code == 0);
    CHECK(std::filesystem::exists(file));
    const Outcome refused = list_in(shard + "TEST_SHARD_STATUS_FILE=/no/such/folder/status");
    CHECK(refused.code == 2);
    CHECK(refused.out.find("/no/such/folder/status") != std::string::npos);
}

TEST_CASE("a shard without a case, or with skipped ones alone, passes and writes its report") {
    const Folder folder;
    const std::string file = (folder.path / "r.json").string();
    std::size_t empty = 0;
    for (int k = 1; k <= 3; ++k) {
        const Outcome run = bncheck_tool("run smoke -k known-answer --shard " + std::to_string(k) + "/3 --json " + file);
        CHECK(run.code == 0);
        empty += Json::parse(read_text(file))["cases"].empty();
    }
    CHECK(empty == 2);
    CHECK(bncheck_tool("run smoke -k no-such-case --shard 1/3").code == 4);
    CHECK(bncheck_tool("run smoke -k no-such-case").code == 4);
}
