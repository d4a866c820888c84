#include "bncheck/run/shard.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <numeric>
#include <set>

#include "bncheck/core/error.hpp"
#include "bncheck/run/shard_environment.hpp"
#include "bncheck/suite/suite.hpp"

using namespace bncheck;

namespace {

struct BuiltinCases {
    std::vector<suite::Suite> suites = suite::load_suites({"all"});
    std::vector<const suite::Case*> cases;
    BuiltinCases() {
        for (const suite::Suite& s : suites)
            for (const suite::Case& c : s.cases) cases.push_back(&c);
    }
};

std::map<std::string, std::size_t> by_id(const std::vector<const suite::Case*>& cases, std::size_t shards) {
    const std::vector<std::size_t> numbers = run::shards_of(cases, shards);
    std::map<std::string, std::size_t> result;
    for (std::size_t k = 0; k < cases.size(); ++k) result[cases[k]->id()] = numbers[k];
    return result;
}

using Variables = std::map<std::string, std::string>;

run::EnvironmentShard shard_in(const Variables& variables) {
    return run::shard_from([&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
}

void is_shard(const Variables& variables, std::size_t number, std::size_t of) {
    const run::Shard shard = shard_in(variables).shard;
    CHECK(shard.number == number);
    CHECK(shard.of == of);
}

/// `place` is the variable that the error names.
void is_refused(const Variables& variables, const std::string& place, const std::string& words) {
    try {
        const run::Shard shard = shard_in(variables).shard;
        FAIL("understood as " << shard.number << "/" << shard.of << ", not refused at " << place);
    } catch (const Error& e) {
        INFO(e.what());
        CHECK(e.fault() == Fault::usage);
        CHECK(e.place() == place);
        CHECK(std::string(e.what()).find(words) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("shards cost alike, and each case is in one of them") {
    const BuiltinCases all;
    std::vector<double> cost;
    for (const suite::Case* c : all.cases) cost.push_back(run::cost_of(*c));
    const double total = std::accumulate(cost.begin(), cost.end(), 0.0);
    const double largest = *std::max_element(cost.begin(), cost.end());
    for (std::size_t n = 1; n <= 50; ++n) {
        INFO("of " << n);
        const std::vector<std::size_t> numbers = run::shards_of(all.cases, n);
        REQUIRE(numbers.size() == all.cases.size());
        std::vector<double> load(n, 0);
        for (std::size_t k = 0; k < numbers.size(); ++k) {
            REQUIRE(numbers[k] >= 1);
            REQUIRE(numbers[k] <= n);
            load[numbers[k] - 1] += cost[k];
        }
        const double mean = total / static_cast<double>(n), most = *std::max_element(load.begin(), load.end());
        // Whole numbers below 2^53: the sums are exact, the mean is rounded once and the products once or twice more, each by
        // at most 2^-53 = 1.1e-16 of it.
        CHECK(most <= std::max(run::most_of_mean * mean, mean + largest) * (1 + 1e-15));
        // Where no case is large beside the mean it is the first of the two that holds.
        if (largest < mean / 4) CHECK(most <= run::most_of_mean * mean * (1 + 1e-15));
    }
}

TEST_CASE("the shard of a case depends on no order, and hardly on other cases") {
    const BuiltinCases all;
    const auto before = by_id(all.cases, 7);
    std::vector<const suite::Case*> turned(all.cases.rbegin(), all.cases.rend());
    CHECK(by_id(turned, 7) == before);
    // Without any one of some cases, large and small, at least nine tenths of the others stay. Of the longest first, each to
    // the shard that costs least, a seventh would.
    for (std::size_t k = 0; k < all.cases.size(); k += 157) {
        std::vector<const suite::Case*> fewer = all.cases;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(k));
        std::size_t moved = 0;
        for (const auto& [id, number] : by_id(fewer, 7)) moved += before.at(id) != number;
        INFO("without " << all.cases[k]->id() << ": " << moved << " of " << fewer.size());
        CHECK(moved <= fewer.size() / 10);
    }
}

TEST_CASE("more shards than cases leave some empty") {
    const BuiltinCases all;
    const std::vector<const suite::Case*> few(all.cases.begin(), all.cases.begin() + 3);
    CHECK(run::shards_of(few, 999999).size() == 3);
    CHECK(run::shards_of({}, 5).empty());
}

TEST_CASE("a shard from the environment of each engine") {
    is_shard({{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", "7"}}, 1, 7);
    is_shard({{"GTEST_SHARD_INDEX", "6"}, {"GTEST_TOTAL_SHARDS", "7"}}, 7, 7);
    is_shard({{"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "7"}}, 1, 7);
    is_shard({{"CI_NODE_TOTAL", "1"}}, 1, 1);  // a job that is not parallel
    is_shard({{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "4"}}, 4, 4);
    is_shard({{"PMI_RANK", "0"}, {"PMI_SIZE", "4"}}, 1, 4);
    is_shard({{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "4"}}, 3, 4);
    Variables array{{"SLURM_ARRAY_TASK_ID", "14"},
                    {"SLURM_ARRAY_TASK_MIN", "10"},
                    {"SLURM_ARRAY_TASK_MAX", "18"},
                    {"SLURM_ARRAY_TASK_STEP", "2"},
                    {"SLURM_ARRAY_TASK_COUNT", "5"}};
    is_shard(array, 3, 5);
    // Its batch script is the only task of a step of its own.
    array["SLURM_PROCID"] = "0";
    is_shard(array, 3, 5);
    array["SLURM_NTASKS"] = "1";
    is_shard(array, 3, 5);
    // A launcher that Slurm started counts, not what Slurm says of the launcher.
    is_shard({{"OMPI_COMM_WORLD_RANK", "3"}, {"OMPI_COMM_WORLD_SIZE", "4"}, {"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "2"}}, 4,
             4);
    is_shard({{"PMI_RANK", ""}, {"PMI_SIZE", ""}, {"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "3"}}, 2, 3);
    CHECK(shard_in({{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", "7"}, {"TEST_SHARD_STATUS_FILE", "s"}}).status_file ==
          "s");
    CHECK(shard_in({{"PMI_RANK", "0"}, {"PMI_SIZE", "7"}, {"TEST_SHARD_STATUS_FILE", "s"}}).status_file.empty());
}

TEST_CASE("an environment that says no shard, or two, is refused with the variable") {
    for (const char* name : {"TEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", "CI_NODE_TOTAL", "SLURM_ARRAY_TASK_ID",
                             "OMPI_COMM_WORLD_RANK", "PMI_SIZE", "SLURM_NTASKS"})
        is_refused({}, "--shard", name);
    is_refused({{"PMI_RANK", "4"}, {"PMI_SIZE", "4"}}, "PMI_RANK", "counts from 0");
    is_refused({{"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "4"}}, "CI_NODE_INDEX", "at least 1");
    is_refused({{"CI_NODE_INDEX", "5"}, {"CI_NODE_TOTAL", "4"}}, "CI_NODE_INDEX", "counts from 1");
    for (const char* wrong : {"-1", "1.5", "one", " 1", "1e1", "99999999999999999999"})
        is_refused({{"PMI_RANK", wrong}, {"PMI_SIZE", "4"}}, "PMI_RANK", wrong);
    is_refused({{"PMI_RANK", "0"}, {"PMI_SIZE", "0"}}, "PMI_SIZE", "at least 1");
    is_refused({{"PMI_RANK", "0"}, {"PMI_SIZE", "1000000"}}, "PMI_SIZE", "above 999999");
    is_refused({{"PMI_RANK", "0"}}, "PMI_SIZE", "not set");
    is_refused({{"TEST_TOTAL_SHARDS", "3"}}, "TEST_SHARD_INDEX", "not set");
    is_refused({{"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "4"}, {"PMI_RANK", "0"}, {"PMI_SIZE", "2"}}, "PMI_RANK",
               "CI_NODE_INDEX says 1/4");
    const Variables uneven{{"SLURM_ARRAY_TASK_ID", "1"},
                           {"SLURM_ARRAY_TASK_MIN", "1"},
                           {"SLURM_ARRAY_TASK_MAX", "9"},
                           {"SLURM_ARRAY_TASK_COUNT", "3"}};
    is_refused(uneven, "SLURM_ARRAY_TASK_ID", "evenly spaced");
}
