#include "support/false_alarm.hpp"

#include <catch2/catch.hpp>
#include <iostream>
#include <mutex>

#include "bncheck/core/parallel.hpp"

using namespace bncheck;

TEST_CASE("no right kernel leaves its class") {
    const std::size_t count = std::getenv("COUNT") ? std::strtoul(std::getenv("COUNT"), nullptr, 10) : 100000, block = 500;
    for (const Dtype dtype : {Dtype::float32, Dtype::float64, Dtype::float16, Dtype::bfloat16})
        for (const bool flushes : {false, true}) {
            if (flushes && dtype != Dtype::float32) continue;
            std::vector<test::AlarmReport> parts((count + block - 1) / block);
            parallel_for_each(parts.size(),
                              [&](std::size_t k) { parts[k] = test::judge_right_kernels(dtype, k * block, block, flushes); });
            test::AlarmReport all;
            for (const test::AlarmReport& part : parts) all.merge(part);
            std::cout << name_of(dtype) << (flushes ? " flushing" : "") << "\n" << test::to_string(all) << std::flush;
            CHECK(all.alarm_count == 0);
        }
}
