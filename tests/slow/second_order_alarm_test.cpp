#include "support/second_order_alarm.hpp"

#include <catch2/catch.hpp>
#include <iostream>

#include "bncheck/core/parallel.hpp"

using namespace bncheck;

namespace {

void check_kernels(Dtype dtype, std::size_t count, bool flushes = false) {
    constexpr std::size_t block = 500;
    std::vector<test::AlarmReport> parts(count / block);
    parallel_for_each(parts.size(),
                      [&](std::size_t k) { parts[k] = test::judge_right_double_backwards(dtype, k * block, block, flushes); });
    test::AlarmReport all;
    for (const test::AlarmReport& part : parts) all.merge(part);
    std::cout << name_of(dtype) << (flushes ? ", flushing, " : ", ") << count << " channels\n" << test::to_string(all) << "\n";
    CHECK(all.alarms == std::vector<std::string>{});
    for (const auto& [key, utilisation] : all.utilisation) {
        INFO(name_of(dtype) << " " << key.first << " " << key.second);
        CHECK(utilisation.best() > 0.001);  // the bounds are not absurd
    }
}

}  // namespace

TEST_CASE("no right double backward leaves its class in 25000 channels of float32 and float64") {
    check_kernels(Dtype::float32, 20000);
    check_kernels(Dtype::float64, 5000);
}
TEST_CASE("no right double backward of 16-bit data, or that flushes, leaves its class in 4000 channels") {
    check_kernels(Dtype::float16, 2000);
    check_kernels(Dtype::bfloat16, 2000);
    check_kernels(Dtype::float32, 4000, true);
}
