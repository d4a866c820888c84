#include "support/false_alarm.hpp"

#include <catch2/catch.hpp>
#include <iostream>

#include "bncheck/core/parallel.hpp"

using namespace bncheck;

namespace {

void check_kernels(Dtype dtype, bool flushes, std::size_t count) {
    constexpr std::size_t block = 500;
    std::vector<test::AlarmReport> parts(count / block);
    parallel_for_each(parts.size(),
                      [&](std::size_t k) { parts[k] = test::judge_right_kernels(dtype, k * block, block, flushes); });
    test::AlarmReport all;
    for (const test::AlarmReport& part : parts) all.merge(part);
    std::cout << name_of(dtype) << (flushes ? ", flushing" : "") << ", " << count << " cases\n" << test::to_string(all) << "\n";
    CHECK(all.alarms == std::vector<std::string>{});
    if (count < 100000) return;
    for (const auto& [key, utilisation] : all.utilisation) {
        INFO(name_of(dtype) << " " << key.first << " " << key.second);
        CHECK(utilisation.best() > 0.1);  // the bounds are not slack
    }
}

}  // namespace

TEST_CASE("no right float32 kernel leaves its class in 100,000 cases") { check_kernels(Dtype::float32, false, 100000); }
TEST_CASE("no right float64 kernel leaves its class in 100,000 cases") { check_kernels(Dtype::float64, false, 100000); }
TEST_CASE("no right kernel on 16-bit data, or that flushes, leaves its class in 10,000 cases") {
    check_kernels(Dtype::float16, false, 10000);
    check_kernels(Dtype::bfloat16, false, 10000);
    check_kernels(Dtype::float32, true, 10000);
}
