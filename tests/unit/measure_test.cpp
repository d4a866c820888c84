#include "bncheck/bench/measure.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "bncheck/bench/gradcheck.hpp"

using namespace bncheck;

namespace {

bench::GradientSweep sweep_of(const std::string& over, bool full, const std::vector<double>& seconds) {
    bench::GradientSweep sweep{over, full, {}};
    std::size_t channels = 8, values = 16;
    for (double its : seconds) {
        sweep.rows.push_back({Shape{{1, channels, values}}, 0, {its, its, its}, 0});
        (over == "C" ? channels : values) *= 2;
    }
    return sweep;
}

}  // namespace

TEST_CASE("an exact power has its exponent fitted, whatever the factor") {
    const std::vector<double> sizes{3, 5, 8, 100};
    for (double power : {-1.0, 0.0, 0.5, 1.0, 2.0, 3.0})
        for (double factor : {1e-9, 1.0, 7.0}) {
            std::vector<double> costs;
            for (double size : sizes) costs.push_back(factor * std::pow(size, power));
            CHECK(bench::fitted_exponent(sizes, costs) == Approx(power).margin(1e-13));
        }
    // One cost that is off by a percent shows.
    CHECK(std::fabs(bench::fitted_exponent(sizes, std::vector<double>{3, 5, 8, 101}) - 1) > 1e-3);
}

TEST_CASE("the fit of a sweep looks at its larger half alone") {
    const bench::GradientSweep square = sweep_of("m", true, {9, 9, 9, 64, 256, 1024});
    CHECK(square.fitted() == Approx(2).margin(1e-13));
    CHECK(square.expected() == 2);
    CHECK(square.units(square.rows[1]) == 8 * 32 * 32);
    const bench::GradientSweep linear = sweep_of("C", false, {9, 9, 9, 8, 16, 32});
    CHECK(linear.fitted() == Approx(1).margin(1e-13));
    CHECK(linear.expected() == 1);
    CHECK(linear.units(linear.rows[1]) == 16 * 16);
}
