#include "bncheck/suite/suite.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "bncheck/core/error.hpp"
#include "bncheck/suite/lattice.hpp"
#include "bncheck/suite/problem.hpp"
#include "support/containment.hpp"

using namespace bncheck;

namespace {

suite::Case one_case(const std::string& keys) {
    return suite::read_suite("test.json", R"({"suite": "s", "cases": [{"name": "c", )" + keys + "}]}", ".").cases.at(0);
}

}  // namespace

TEST_CASE("a lattice has the moments that make it exact, for every m") {
    const RandomStream stream("s", "c", "x", 1);
    for (std::size_t m = 2; m <= 200; ++m) {
        const std::vector<int> a = suite::lattice_values(m, 3, stream), w = suite::lattice_pairs(a, 3, stream);
        REQUIRE(a.size() == m);
        const int V = m % 2 == 0 ? 1 : 2;
        CHECK(std::accumulate(a.begin(), a.end(), 0) == 0);
        CHECK(std::inner_product(a.begin(), a.end(), a.begin(), 0) == V * static_cast<int>(m));
        CHECK(std::accumulate(w.begin(), w.end(), 0) == 0);
        CHECK(std::inner_product(a.begin(), a.end(), w.begin(), 0) == 0);
    }
}

TEST_CASE("the same logical values stand in both layouts") {
    const std::string keys = R"("shape": [3, 4, 5, 2], "data": {"x": {"normal": {}}}, "layout": )";
    const suite::Case a = one_case(keys + "\"NCHW\""), b = one_case(keys + "\"NHWC\"");
    const Tensor x = suite::generate(a).at("x"), t = suite::generate(b).at("x");
    CHECK(t.dims() == std::vector<std::size_t>{3, 5, 2, 4});
    for (std::size_t c = 0; c < 4; ++c)
        CHECK(gather<double>(x, a.shape, a.layout, c) == gather<double>(t, b.shape, b.layout, c));
}

TEST_CASE("data are these bits, on every SIMD target") {
    // FNV-1a over all input tensors. One line for each generator, and each type of normals.
    const std::pair<const char*, std::uint64_t> golden[] = {
        {R"("dtype": "float64", "data": {"x": {"normal": {}}})", 0x543f2eec638c7807u},
        {R"("dtype": "float32", "data": {"x": {"normal": {"mean": 3, "stddev": 2}}})", 0x75a387c24fc014f0u},
        {R"("dtype": "float16", "data": {"x": {"normal": {}}})", 0xf8ea86a205db6100u},
        {R"("dtype": "bfloat16", "data": {"x": {"normal": {}}})", 0xae2c47ef937da381u},
        {R"("data": {"x": {"uniform": {"low": -2, "high": 5}}})", 0xe235442c0ce4d6acu},
        {R"("dtype": "float64", "data": {"x": {"uniform": {}}})", 0x153bf6e62770205eu},
        {R"("data": {"x": {"outlier": {}}})", 0x74aa699f3f8abc5du},
        {R"("data": {"x": {"lattice": {}}})", 0x97aed96e4ef5e045u},
        {R"("data": {"x": {"impulse": {}}})", 0x58009645af6a2395u},
        {R"("data": {"x": {"subnormal": {}}})", 0x22274548dc8c4aadu},
        {R"("data": {"dy": {"affine_of_x": {"a": 0.5, "b": -1}}})", 0x893e86b0e186773du},
    };
    for (const std::string& target : test::simd_targets()) {
        test::use_simd_target(target);
        for (const auto& [keys, due] : golden) {
            const suite::Case c = one_case(std::string(R"("shape": [7, 2, 83], "steps": 2, )") + keys);
            std::uint64_t hash = 0xcbf29ce484222325u;
            for (std::size_t step : {0, 1})
                for (const auto& [name, tensor] : suite::generate(c, step))
                    for (std::size_t i = 0; i < tensor.bytes(); ++i)
                        hash = (hash ^ std::to_integer<std::uint64_t>(tensor.data()[i])) * 0x100000001b3u;
            INFO(target << " " << keys);
            CHECK(hash == due);
        }
    }
    test::use_simd_target("");
}

TEST_CASE("whole tensors hold the channels that the judge makes one by one, bit for bit") {
    const std::string generators[] = {R"({"normal": {"mean": 1e4}})", R"({"uniform": {"low": -3}})",
                                      R"({"lattice": {"scale": 4}})", R"({"impulse": {}})",
                                      R"({"outlier": {}})",           R"({"alternating": {"offset": 0.1}})",
                                      R"({"subnormal": {}})",         R"({"affine_of_x": {"a": -1.1, "b": 0.3}})"};
    for (const std::string dtype : {"float16", "bfloat16", "float32", "float64"})
        for (const std::string layout : {"NCHW", "NHWC"})
            for (const std::string& dy : generators) {
                const bool follows = dy.find("lattice") != dy.npos || dy.find("impulse") != dy.npos;
                const suite::Case c =
                    one_case(R"("shape": [3, 4, 5, 2], "steps": 3, "dtype": ")" + dtype + R"(", "layout": ")" + layout +
                             R"(", "data": {"x": )" + (follows ? dy : generators[0]) + R"(, "dy": )" + dy + "}");
                const suite::Problem problem(c);
                INFO(dtype << " " << layout << " " << dy);
                for (std::size_t step = 0; step < c.steps; ++step) {
                    const suite::Tensors whole = problem.tensors(step);
                    for (std::size_t channel = 0; channel < 4; ++channel) {
                        std::vector<double> x(c.shape.count()), y(c.shape.count());
                        problem.channel<double>("x", step, channel, x);
                        problem.channel<double>("dy", 0, channel, y);  // the same in every step
                        CHECK(gather<double>(whole.at("x"), c.shape, c.layout, channel) == x);
                        CHECK(gather<double>(whole.at("dy"), c.shape, c.layout, channel) == y);
                    }
                }
            }
}

TEST_CASE("a dy that follows x follows that of the last step, and every step has its own") {
    const std::string followed[] = {R"("x": {"normal": {}}, "dy": {"affine_of_x": {"a": -1, "b": 0}})",
                                    R"("x": {"impulse": {}})"};
    for (const std::string& data : followed) {
        const suite::Case c = one_case(R"("shape": [8, 3, 5, 2], "steps": 2, "data": {)" + data + "}");
        const suite::Problem problem(c);
        const std::size_t channel = 1;
        const auto x = gather<double>(problem.tensors(1).at("x"), c.shape, c.layout, channel);
        const auto dy = gather<double>(problem.tensors(1).at("dy"), c.shape, c.layout, channel);
        CHECK(gather<double>(problem.tensors(0).at("x"), c.shape, c.layout, channel) != x);
        for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::fabs(dy[i]) == std::fabs(x[i]));
    }
}

TEST_CASE("impulses: sixteen a channel, on the last value of channel 0, and nothing else") {
    const suite::Case c = one_case(R"("shape": [4, 16, 7, 9], "data": {"x": {"impulse": {}}})");
    const suite::Tensors t = suite::generate(c);
    for (std::size_t ch = 0; ch < 16; ++ch) {
        const auto x = gather<double>(t.at("x"), c.shape, c.layout, ch), dy = gather<double>(t.at("dy"), c.shape, c.layout, ch);
        CHECK(std::count_if(x.begin(), x.end(), [](double v) { return v != 0; }) == 16);
        for (std::size_t i = 0; i < x.size(); ++i) CHECK(std::fabs(dy[i]) == x[i]);
        if (ch == 0) CHECK(x.back() != 0);
    }
}

TEST_CASE("a matrix expands with the last key fastest, and its values name the cases") {
    const suite::Suite s = suite::read_suite(
        "t.json",
        R"({"suite": "s", "cases": [{"name": "{eps}-{shape}", "matrix": {"eps": [0, 1e-5], "shape": [[2, 3], [4, 5, 6]]}}]})",
        ".");
    REQUIRE(s.cases.size() == 4);
    CHECK(s.cases[0].name == "0-2x3");
    CHECK(s.cases[3].name == "1e-05-4x5x6");
}

TEST_CASE("errors name file, pointer and the nearest key") {
    try {
        one_case(R"("shape": [2, 3], "epz": 1)");
        FAIL("accepted");
    } catch (const Error& e) {
        CHECK(e.place() == "test.json: /cases/0/epz");
        CHECK(e.advice() == "did you mean 'eps'?");
    }
}
