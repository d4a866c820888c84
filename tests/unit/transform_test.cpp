#include "bncheck/properties/transform.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "altered_candidate.hpp"

using namespace altered;

TEST_CASE("transformed inputs are exact, and every value moves") {
    for (const std::string dtype : {"float16", "bfloat16", "float32", "float64"})
        for (const std::string x : {R"({"normal": {}})", R"({"normal": {"mean": 1e3, "stddev": 2}})", R"({"subnormal": {}})",
                                    R"({"constant": 0})", R"({"constant": -7})", R"({"lattice": {}})", R"({"outlier": {}})"}) {
            const suite::Case c = case_of(R"("shape": [9, 3, 2], "dtype": ")" + dtype + R"(", "data": {"x": )" + x + "}");
            const Format format = format_of(c.dtype);
            const Instance instance = instance_of(c), permuted = properties::permuted(instance);
            const properties::Shift shift = properties::shifted(instance);
            INFO(dtype << " " << x);
            for (std::size_t channel = 0; channel < 3; ++channel) {
                REQUIRE(shift.obstacles[channel].empty());
                const double by = shift.by[channel];
                CHECK(by > 0);
                const auto given = instance.channel("x", channel), from = shift.from.channel("x", channel),
                           to = shift.to.channel("x", channel);
                for (std::size_t i = 0; i < from.size(); ++i) {
                    CHECK(format.round(from[i]) == from[i]);
                    CHECK(static_cast<double>(static_cast<__float128>(to[i]) - from[i] - by) == 0);
                    if (x.find("lattice") != std::string::npos) CHECK(from[i] == given[i]);
                }
                auto order = properties::permutation(c, channel);
                for (std::size_t i = 0; i < order.size(); ++i) {
                    CHECK(order[i] != i);
                    CHECK(permuted.channel("x", channel)[i] == given[order[i]]);
                }
                std::sort(order.begin(), order.end());
                for (std::size_t i = 0; i < order.size(); ++i) CHECK(order[i] == i);
            }
        }
}
