#include "support/containment.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <mutex>

#include "bncheck/core/parallel.hpp"

using namespace bncheck;
using oracle::LevelName;

TEST_CASE("containment over 100,000 channels, on every SIMD target") {
    constexpr std::size_t block = 1000, blocks = 100;
    static constexpr Dtype dtypes[] = {Dtype::float32, Dtype::float64, Dtype::float32, Dtype::float16, Dtype::bfloat16};
    std::atomic<std::size_t> applied[oracle::levels] = {};
    std::mutex mutex;
    std::vector<std::string> outside;
    const std::vector<std::string> targets = test::simd_targets();
    // A target is in force for all threads: targets outside, channels inside.
    for (std::size_t b = 0; b < blocks; ++b) {
        std::vector<oracle::Truth> truths(block);
        const auto channel = [&](std::size_t k) {
            const std::uint64_t seed = 100000 + b * block + k;
            const std::size_t m = k != 0 ? 0 : b == 50 ? 1000000 : b % 10 == 0 ? 30000 : 0;
            return test::random_channel(seed, dtypes[seed % 5], m);
        };
        parallel_for_each(block, [&](std::size_t k) { truths[k] = oracle::truth_mpfr512(channel(k).channel); });
        for (const std::string& target : targets) {
            test::use_simd_target(target);
            parallel_for_each(block, [&](std::size_t k) {
                const test::TypedChannel c = channel(k);
                for (std::size_t level = 0; level < oracle::levels; ++level) {
                    // The MPFR level does not use SIMD.
                    if (level == 2 && target != targets.front()) continue;
                    const test::Outside found = test::outside(c, truths[k], static_cast<LevelName>(level));
                    applied[level] += found.applies;
                    if (found.values.empty()) continue;
                    const std::lock_guard lock(mutex);
                    outside.push_back("block " + std::to_string(b) + " channel " + std::to_string(k) + " level " +
                                      std::to_string(level) + " " + target + ": " + found.values.front());
                }
            });
        }
    }
    test::use_simd_target("");
    CHECK(outside == std::vector<std::string>{});
    for (const std::atomic<std::size_t>& count : applied) CHECK(count > 30000);
}
