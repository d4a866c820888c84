#include <cmath>

#include "altered_candidate.hpp"
#include "bncheck/gradient/definition_check.hpp"
#include "bncheck/run/run_case.hpp"
#include "support/kernel_candidate.hpp"

using namespace altered;
using report::CaseReport;
using report::CheckReport;

namespace {

const std::string small = R"("shape": [4, 3, 5], "checks": ["gradient"], "dtype": "float64")";

CaseReport checked(candidate::Candidate& candidate, const std::string& keys, bool full = false) {
    run::CaseOptions options;
    options.full = full;
    return run::run_case(case_of(keys), candidate, options);
}

const CheckReport* check_of(const CaseReport& report, const std::string& method, const std::string& tensor = "dx") {
    for (const CheckReport& check : report.checks)
        if (check.method == method && check.tensor == tensor) return &check;
    return nullptr;
}

Verdict verdict_of(const CaseReport& report, const std::string& method, const std::string& tensor = "dx") {
    const CheckReport* check = check_of(report, method, tensor);
    REQUIRE(check);
    return check->verdict;
}

/// dx_i = f(dx_i, i), of every backward.
template <class F>
Altered altered_dx(F f) {
    return Altered([f](const Request& request, suite::Tensors& outputs) {
        if (request.pass != "backward") return;
        Tensor& dx = outputs.at("dx");
        for (std::size_t i = 0; i < dx.size(); ++i) dx.set(i, f(dx.at(i), i));
    });
}

}  // namespace

TEST_CASE("a wrong dx fails: beside the exact products, every row of the Jacobian, and its own forward") {
    const auto all_fail = [](Altered candidate) {
        const CaseReport report = checked(candidate, small, true);
        CHECK(verdict_of(report, "vjp") == Verdict::fail);
        CHECK(verdict_of(report, "rows") == Verdict::fail);
        CHECK(verdict_of(report, "taylor") == Verdict::fail);
        CHECK(check_of(report, "vjp")->reason == "dx is not the gradient of the candidate's own y");
        CHECK(verdict_of(report, "differences") == Verdict::pass);  // the forward is right
        CHECK(verdict_of(report, "vjp", "dgamma") == Verdict::pass);
    };
    all_fail(altered_dx([](double, std::size_t) { return 0.0; }));
    all_fail(altered_dx([](double dx, std::size_t) { return -dx; }));
    all_fail(altered_dx([](double dx, std::size_t) { return 3 * dx; }));
    all_fail(altered_dx([](double dx, std::size_t) { return dx * 1.0005; }));
}

TEST_CASE("the least that each side must see") {
    // Ten times the bound of a right kernel, some 1e-14 of dx: beside the exact values, not beside differences.
    Altered slightly = altered_dx([](double dx, std::size_t) { return dx * (1 + 1e-13); });
    CHECK(verdict_of(checked(slightly, small), "vjp") == Verdict::fail);
    CHECK(verdict_of(checked(slightly, small, true), "rows") == Verdict::fail);
    Altered one = altered_dx([](double dx, std::size_t i) { return i == 17 ? 0 : dx; });
    CHECK(check_of(checked(one, small), "vjp")->findings->failed == 3);  // of three dy
    Altered right;
    const CaseReport report = checked(right, small, true);
    for (const CheckReport& check : report.checks) CHECK(check.verdict == Verdict::pass);
    CHECK(check_of(report, "rows")->entries->entries == 3 * 20 * 20);
    CHECK(check_of(report, "differences")->entries->entries == 3 * 20 * 20);
    CHECK(*check_of(report, "taylor")->slope == Approx(2).margin(0.05));
}

TEST_CASE("a wrong forward fails beside its right backward") {
    const auto fails = [](double factor, const std::string& dtype, bool full) {
        Altered candidate([factor](const Request& request, suite::Tensors& outputs) {
            if (request.pass != "forward") return;
            Tensor& y = outputs.at("y");
            for (std::size_t i = 0; i < y.size(); ++i) y.set(i, y.at(i) * factor);
        });
        const std::string keys = R"("shape": [4, 3, 5], "checks": ["gradient"], "dtype": ")" + dtype + "\"";
        const CaseReport report = checked(candidate, keys, full);
        CHECK(verdict_of(report, "vjp") == Verdict::pass);
        return verdict_of(report, "differences") == Verdict::fail;
    };
    for (const bool full : {false, true}) {
        CHECK(fails(1.001, "float32", full));
        CHECK(fails(1 + 1e-8, "float64", full));
    }
}

TEST_CASE("a consistent backward of another function is told from an inconsistent one") {
    // eps is ten times what it should be, in both passes.
    Altered candidate({}, [](suite::Case& c, suite::Tensors&) { c.eps *= 10; });
    const CaseReport report = checked(candidate, small + R"(, "eps": 1e-2)");
    CHECK(verdict_of(report, "vjp") == Verdict::fail);
    CHECK(verdict_of(report, "taylor") == Verdict::pass);
    CHECK(check_of(report, "vjp")->reason.find("on another function") != std::string::npos);
    CHECK(verdict_of(report, "differences") == Verdict::fail);
}

TEST_CASE("channels that depend on each other are said to, and asked for one by one") {
    // y of channel 0 has the last bit of x of channel 1.
    Altered candidate([](const Request& request, suite::Tensors& outputs) {
        if (request.pass != "forward" || request.c.shape.channels() < 2) return;
        const double seen = request.inputs.at("x").at(request.c.shape.offset(request.c.layout, 1, 0));
        Tensor& y = outputs.at("y");
        y.set(0, seen > 0 ? std::nextafter(y.at(0), 10.0) : y.at(0));
    });
    const CaseReport report = checked(candidate, small);
    const CheckReport* independence = check_of(report, "independence");
    REQUIRE(independence);
    CHECK(independence->verdict == Verdict::inconclusive);
    CHECK(independence->reason.find("y of channel 0 changes with the data of other channels") != std::string::npos);
    CHECK(verdict_of(report, "differences") == Verdict::pass);  // a bit of y is within its class
    std::size_t calls = 0;
    Altered restless([&](const Request& request, suite::Tensors& outputs) {
        if (request.pass == "backward" && ++calls % 2)
            outputs.at("dbeta").set(1, std::nextafter(outputs.at("dbeta").at(1), 99.0));
    });
    CHECK(check_of(checked(restless, small), "independence")->reason.find("dbeta differs between two runs") !=
          std::string::npos);
}

TEST_CASE("what was found stands where the candidate does not go on") {
    // Wrong, and with one number of channels only.
    class Particular : public Altered {
    public:
        using Altered::Altered;
        Response run(const Request& request) override {
            if (request.c.shape.channels() != 3) return {Response::Status::skipped, "three channels only", {}};
            return Altered::run(request);
        }
    };
    Particular candidate([](const Request& request, suite::Tensors& outputs) {
        const char* name = request.pass == "backward" ? "dx" : "gx";
        if (request.pass != "forward") outputs.at(name).set(0, outputs.at(name).at(0) + 1);
    });
    const CaseReport report =
        checked(candidate, R"("shape": [4, 3, 5], "checks": ["gradient", "double-backward"], "dtype": "float64")", true);
    CHECK(report.verdict == Verdict::fail);
    CHECK(verdict_of(report, "vjp") == Verdict::fail);
    CHECK(verdict_of(report, "vjp", "gx") == Verdict::fail);
    for (const char* method : {"rows", "differences"}) {
        CHECK(verdict_of(report, method) == Verdict::skipped);
        CHECK(check_of(report, method)->reason == "three channels only");
        CHECK(verdict_of(report, method, "gx") == Verdict::skipped);
    }
    CHECK(verdict_of(report, "definition") == Verdict::pass);
}

TEST_CASE("numbers at the ends of double are not held against the candidate, nor the definition") {
    const std::string both = R"("checks": ["gradient", "double-backward"], "dtype": "float64", )";
    for (
        const char* keys :
        {// sizes of second derivatives overflow
         R"("shape": [5, 1], "mode": "eval", "data": {"x": {"alternating": {"magnitude": 4e47, "offset": 4e47}},
                                                       "dy": {"affine_of_x": {"a": 1, "b": 0}}})",
         // derivatives, and the Taylor test's noise, are subnormal
         R"("shape": [17, 1], "eps": 6.25e22, "seed": 27, "data": {"x": {"subnormal": {}}, "dy": {"affine_of_x": {"a": 1, "b": 0}}})",
         R"("shape": [5, 2], "mode": "eval", "eps": 7e-203, "seed": 2,
             "data": {"x": {"subnormal": {}}, "dy": {"affine_of_x": {"a": 1, "b": 0}}, "gamma": {"constant": 1e-8},
                      "running_mean": {"constant": 2.5e-103}, "running_var": {"constant": 7e-203}})",
         // gamma r^2 underflows, and gamma r
         R"("shape": [17, 1], "eps": 1e206, "data": {"x": {"normal": {"mean": 4e103, "stddev": 2e103}},
                                                      "dy": {"normal": {"stddev": 2e139}}, "gamma": {"constant": -2e-166}})",
         R"("shape": [17, 1], "eps": 0, "data": {"x": {"normal": {"stddev": 1e150}}, "gamma": {"constant": 3e-173}})"}) {
        Altered right;
        const CaseReport report = checked(right, both + keys, true);
        INFO(keys);
        for (const CheckReport& check : report.checks) {
            INFO(check.method << " " << check.tensor);
            CHECK(check.verdict != Verdict::fail);
        }
    }
}

TEST_CASE("an entry of the Jacobian that overflows its type comes out infinite") {
    // gamma r / 2 = 1.8e38 2.24 is beyond the largest float.
    Altered right;
    const std::string keys = R"("shape": [2, 1], "checks": ["gradient"], "eps": 0.2,
                                "data": {"x": {"values": [1, 1]}, "gamma": {"constant": 3.4e38}})";
    CHECK(check_of(checked(right, keys, true), "rows")->entries->failed == 0);
    Altered zero = altered_dx([](double dx, std::size_t) { return std::isinf(dx) ? -dx : dx; });
    CHECK(check_of(checked(zero, keys, true), "rows")->entries->failed > 0);
}

TEST_CASE("channels that share the largest magnitude depend on each other") {
    // As a kernel does that scales its whole input: turning channels about does not change max|x|.
    double largest = 0;
    Altered candidate([&](const Request& request, suite::Tensors& outputs) {
        if (request.pass != "forward" || request.c.shape.channels() < 2) return;
        const Tensor& x = request.inputs.at("x");
        double now = 0;
        for (std::size_t i = 0; i < x.size(); ++i) now = std::max(now, std::fabs(x.at(i)));
        if (largest == 0) largest = now;
        Tensor& y = outputs.at("y");
        if (now != largest)
            for (std::size_t i = 0; i < y.size(); ++i) y.set(i, std::nextafter(y.at(i), 10.0));
    });
    CHECK(verdict_of(checked(candidate, small), "independence") == Verdict::inconclusive);
}

TEST_CASE("a uniform dy is said to test nothing, and others take its place") {
    Altered zero = altered_dx([](double, std::size_t) { return 0.0; });
    const CaseReport report = checked(zero, small + R"(, "data": {"dy": {"constant": 2}})");
    CHECK(verdict_of(report, "own-dy") == Verdict::inconclusive);
    CHECK(check_of(report, "own-dy")->reason.find("uniform and tests nothing") != std::string::npos);
    CHECK(verdict_of(report, "vjp") == Verdict::fail);
}

namespace {

const std::string second = R"("shape": [4, 3, 5], "checks": ["double-backward"], "dtype": "float64")";

/// One output of the double backward, f(value, i) of it.
template <class F>
Altered altered_second(const std::string& tensor, F f) {
    return Altered([tensor, f](const Request& request, suite::Tensors& outputs) {
        if (request.pass != "double-backward" || !outputs.count(tensor)) return;
        Tensor& values = outputs.at(tensor);
        for (std::size_t i = 0; i < values.size(); ++i) values.set(i, f(values.at(i), i));
    });
}

}  // namespace

TEST_CASE("a wrong double backward fails beside the exact products and beside every row") {
    const auto fails = [](const std::string& tensor, auto f) {
        Altered candidate = altered_second(tensor, f);
        const CaseReport report = checked(candidate, second, true);
        for (const char* each : {"gdy", "gx", "ggamma"}) {
            CHECK(verdict_of(report, "vjp", each) == (each == tensor ? Verdict::fail : Verdict::pass));
            CHECK(verdict_of(report, "rows", each) == (each == tensor ? Verdict::fail : Verdict::pass));
            CHECK(verdict_of(report, "differences", each) == Verdict::pass);  // the backward is right
            CHECK(verdict_of(report, "definition", each) == Verdict::pass);
        }
    };
    for (const char* tensor : {"gdy", "gx", "ggamma"}) {
        fails(tensor, [](double, std::size_t) { return 0.0; });
        fails(tensor, [](double value, std::size_t) { return value * (1 + 1e-9); });
    }
    fails("gx", [](double value, std::size_t i) { return i == 17 ? 0 : value; });
}

TEST_CASE("a wrong backward fails beside differences, whatever its double backward says") {
    Altered candidate = altered_dx([](double dx, std::size_t) { return dx * 1.0005; });
    const CaseReport report = checked(candidate, second);
    CHECK(verdict_of(report, "vjp", "gx") == Verdict::pass);
    CHECK(verdict_of(report, "differences", "gx") == Verdict::fail);
    CHECK(verdict_of(report, "differences", "gdy") == Verdict::fail);
    Altered right;
    const CaseReport of_right = checked(right, second, true);
    for (const CheckReport& check : of_right.checks) CHECK(check.verdict == Verdict::pass);
    CHECK(check_of(of_right, "rows", "gx")->entries->entries == 3 * 20 * 20);
    CHECK(check_of(of_right, "differences", "gx")->entries->entries == 3 * (20 + 2) * 20);
}

TEST_CASE("the double backward of a large case is asked of its first channels, and says so") {
    const auto fast = candidate::make_builtin("fast");
    const CaseReport report = checked(*fast, R"("shape": [512, 3, 1000], "checks": ["backward", "double-backward"])");
    CHECK(report.verdict == Verdict::pass);
    CHECK(check_of(report, "vjp", "gx")->findings->elements == 2 * 512000);
    CHECK(check_of(report, "vjp", "gx")->sample.find("the first 2 of 3 channels") == 0);
    CHECK(report.shape == std::vector<std::size_t>{512, 3, 1000});
    CHECK(std::any_of(report.checks.begin(), report.checks.end(), [](const CheckReport& c) {
        return c.check == "backward" && c.findings && c.findings->elements == 3 * 512000;
    }));
}

TEST_CASE("no arrangement of a right kernel is accused by gradient checks") {
    for (std::size_t sums = 0; sums < test::sums_count; ++sums)
        for (const char* suite : {"gradient"})
            for (const suite::Suite& s : suite::load_suites({suite}))
                for (suite::Case c : s.cases) {
                    if (c.dtype == Dtype::float16 || c.dtype == Dtype::bfloat16) continue;
                    const test::Way way{static_cast<test::Sums>(sums), sums % 2 == 1, sums % 3 == 2 ? 2.0 : 0.0};
                    // Arrangements in turn: all are met with over the cases.
                    const std::size_t turn = std::hash<std::string>{}(c.name) + sums;
                    test::KernelCandidate kernel(way, static_cast<test::Forward>(turn % test::forwards),
                                                 static_cast<test::Backward>(turn % test::backwards));
                    run::CaseOptions options;
                    options.full = turn % 2 == 0;
                    options.require = std::max(AccuracyClass::updating, class_of(way.sums));
                    const CaseReport report = run::run_case(c, kernel, options);
                    for (const CheckReport& check : report.checks) {
                        INFO(c.name << " " << test::name_of(way.sums) << " " << check.method << " " << check.tensor);
                        CHECK(check.verdict != Verdict::fail);
                    }
                }
}

TEST_CASE("differences, dual numbers and closed form of the definition agree to more than 30 digits") {
    for (const char* mode : {"train", "eval"})
        for (const char* x : {R"({"normal": {}})", R"({"normal": {"mean": 1e6}})", R"({"constant": 3})"}) {
            const suite::Case c = case_of(R"("shape": [6, 1, 4], "dtype": "float64", "mode": ")" + std::string(mode) +
                                          R"(", "data": {"x": )" + x + "}");
            const suite::Problem problem(c);
            std::vector<double> values(24), dy(24);
            problem.channel<double>("x", 0, 0, values);
            problem.channel<double>("dy", 0, 0, dy);
            oracle::Channel channel;
            channel.training = c.training;
            channel.eps = 1e-5;
            channel.gamma = 1.25;
            channel.running_var = 1;
            channel.x = {values};
            channel.dy = dy;
            const oracle::ChannelView view = channel.view();
            const auto exact = gradient::check_in_256_bits(view), wide = gradient::check_in_double_double(view);
            REQUIRE(exact);
            REQUIRE(wide);
            CHECK(exact->holds());
            CHECK(wide->holds());
            CHECK(exact->digits > 45);
            CHECK(exact->digits < 77);  // differences are never as good as the arithmetic
            CHECK(exact->dual_digits > 60);
            CHECK(wide->digits > 15);
            CHECK(wide->dual_digits > 20);
        }
}
