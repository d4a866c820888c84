#include <catch2/catch.hpp>

#include "bncheck/run/run_case.hpp"
#include "bncheck/suite/suite.hpp"
#include "support/kernel_candidate.hpp"

using namespace bncheck;

TEST_CASE("gradient checks accuse no right kernel, on no suite") {
    std::size_t asked = 0;
    for (const suite::Suite& suite : suite::load_suites({"all"}))
        for (suite::Case c : suite.cases) {
            if (c.refusal || c.shape.elements() > 5000 || (c.dtype != Dtype::float32 && c.dtype != Dtype::float64)) continue;
            if (c.require < AccuracyClass::updating) continue;  // asks for more than kernels promise
            c.checks = {suite::Check::gradient, suite::Check::double_backward};
            c.expect.clear();
            for (std::size_t sums = 0; sums < test::sums_count; ++sums) {
                const test::Way way{static_cast<test::Sums>(sums), asked % 2 == 1, asked % 3 == 2 ? 2.0 : 0.0};
                test::KernelCandidate kernel(way, static_cast<test::Forward>(asked % test::forwards),
                                             static_cast<test::Backward>(asked % test::backwards));
                ++asked;
                run::CaseOptions options;
                options.require = std::max(AccuracyClass::updating, class_of(way.sums));
                options.full = c.shape.count() <= 64 && asked % 4 == 0;
                for (const report::CheckReport& check : run::run_case(c, kernel, options).checks)
                    if (check.verdict == judge::Verdict::fail || check.verdict == judge::Verdict::error)
                        FAIL_CHECK(c.id() << " " << test::name_of(way.sums) << " " << check.method << " " << check.tensor << " "
                                          << check.reason);
            }
        }
    CHECK(asked > 5000);
}
