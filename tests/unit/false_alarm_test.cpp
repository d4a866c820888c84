#include "support/false_alarm.hpp"

#include <catch2/catch.hpp>

using namespace bncheck;

TEST_CASE("no right kernel leaves its class: ten ways to sum, 1/m either way, three forward and five backward arrangements") {
    const std::pair<Dtype, std::size_t> runs[] = {
        {Dtype::float32, 1500}, {Dtype::float64, 1500}, {Dtype::float16, 300}, {Dtype::bfloat16, 300}};
    for (const auto& [dtype, count] : runs)
        CHECK(test::judge_right_kernels(dtype, 1000000, count).alarms == std::vector<std::string>{});
    CHECK(test::judge_right_kernels(Dtype::float32, 1000000, 300, true).alarms == std::vector<std::string>{});
}

TEST_CASE("a kernel held against a tighter class than its own is accused") {
    // What the test above would say if the classes were one off: textbook sums do leave `shifted`, as floats do leave `wide`.
    const test::AlarmReport report = test::judge_right_kernels(Dtype::float32, 1000000, 200, false, [](AccuracyClass own) {
        return own == AccuracyClass::rounded ? own : static_cast<AccuracyClass>(static_cast<std::size_t>(own) - 1);
    });
    for (const char* sums : {"textbook", "shifted", "pairwise"}) {
        const auto accused = [&](const std::string& alarm) { return alarm.find(sums) != std::string::npos; };
        CHECK(std::any_of(report.alarms.begin(), report.alarms.end(), accused));
    }
}
