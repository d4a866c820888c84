#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/momentum.hpp"
#include "bncheck/bn/observable.hpp"
#include "bncheck/run/run_case.hpp"
#include "bncheck/suite/suite.hpp"

using namespace bncheck;
using bn::Convention;
using bn::OneValue;
using bn::Saved;
using candidate::Request;
using candidate::Response;

namespace {

/// An implementation that follows the rules of one convention whatever it is told.
class Follower : public candidate::Candidate {
public:
    explicit Follower(const Convention& rules) : rules_(rules), hello_(right_->hello()) {}
    const candidate::Hello& hello() const override { return hello_; }

    Response run(const Request& request) override {
        suite::Case c = request.c;
        const bool one_value = c.training && c.shape.count() == 1;
        if (one_value && rules_.one_value == OneValue::refused)
            return {Response::Status::error, "expected more than one value per channel", {}};
        if (one_value && rules_.one_value == OneValue::copies_x) {
            Response copied;
            copied.outputs.emplace("y", request.inputs.at("x"));
            for (const char* name : {"running_mean", "running_var"}) copied.outputs.emplace(name, request.inputs.at(name));
            return copied;
        }
        c.eps = std::max(c.eps, rules_.minimum_eps);
        std::vector<std::string> outputs{"y", "save_mean", "running_mean", "running_var"};
        const std::string own(rules_.second_saved()), due(request.convention->second_saved());
        outputs.push_back(own);
        Response response = right_->run(
            {c, request.pass, &rules_, request.momentum, request.num_batches_tracked, request.step, request.inputs, outputs});
        Tensor second = response.outputs.at(own);
        response.outputs.erase(own);
        if (rules_.saved == Saved::mean_invstd || rules_.saved == Saved::mean_variance)
            response.outputs.insert_or_assign(due, second);
        if (one_value && rules_.one_value == OneValue::running_var_undefined)
            for (std::size_t i = 0; i < second.size(); ++i)
                response.outputs.at("running_var").set(i, std::numeric_limits<double>::quiet_NaN());
        return response;
    }

private:
    const Convention& rules_;
    std::unique_ptr<candidate::Candidate> right_ = candidate::make_builtin("wide");
    candidate::Hello hello_;
};

std::vector<suite::Case> convention_cases() {
    std::vector<suite::Case> cases;
    for (const suite::Suite& suite :
         suite::load_suites({"conventions-running", "conventions-defaults", "conventions-one-value", "conventions-saved"}))
        for (const suite::Case& c : suite.cases)
            if (!c.refusal) cases.push_back(c);
    return cases;
}

/// Tensors that fail when the rules of `implemented` are judged in the cases of `judged_by`; "refusal" for an error.
std::set<std::string> failing(const std::vector<suite::Case>& cases, const Convention& implemented,
                              const Convention& judged_by) {
    Follower follower(implemented);
    std::set<std::string> tensors;
    for (const suite::Case& c : cases) {
        if (c.convention != &judged_by) continue;
        for (const report::CheckReport& check : run::run_case(c, follower, {}).checks) {
            if (check.verdict == judge::Verdict::error) tensors.insert("refusal");
            if (check.verdict == judge::Verdict::fail) tensors.insert(check.tensor);
        }
    }
    return tensors;
}

}  // namespace

TEST_CASE("conventions: whoever follows another's rules fails in the tensors that the table's fields name, and in no other") {
    const std::vector<suite::Case> cases = convention_cases();
    std::size_t told_apart = 0;
    for (const Convention& judged_by : bn::conventions())
        for (const Convention& implemented : bn::conventions()) {
            INFO(implemented.name << " judged as " << judged_by.name);
            const std::set<std::string> due = bn::observable_difference(implemented, judged_by);
            CHECK(failing(cases, implemented, judged_by) == due);
            told_apart += !due.empty();
        }
    // 132 ordered pairs. That the table tells them apart at all:
    CHECK(told_apart >= 90);
    CHECK(bn::observable_difference(*bn::convention_named("keras"), *bn::convention_named("pytorch")) ==
          std::set<std::string>{"running_mean", "running_var"});
}

TEST_CASE("conventions: every one has cases of its own with running statistics, saved statistics, defaults and one value") {
    const std::vector<suite::Suite> suites =
        suite::load_suites({"conventions-running", "conventions-defaults", "conventions-one-value", "conventions-saved"});
    for (const suite::Suite& suite : suites)
        for (const Convention& convention : bn::conventions()) {
            INFO(suite.name << " " << convention.name);
            CHECK(std::any_of(suite.cases.begin(), suite.cases.end(), [&](const suite::Case& c) {
                return c.convention == &convention && (c.refusal || !c.expect.empty());
            }));
        }
}

TEST_CASE("conventions: the table is whole") {
    CHECK(bn::conventions().size() == 12);
    for (const Convention& c : bn::conventions()) {
        INFO(c.name);
        CHECK(bn::convention_named(c.name) == &c);
        for (const std::string_view text : {c.of, c.momentum_name, c.source}) CHECK_FALSE(text.empty());
        CHECK(c.below_minimum.empty() == (c.minimum_eps == 0));
        CHECK(c.eps() >= c.minimum_eps);
    }
}

TEST_CASE("conventions: Caffe's weight is that of its sum and count, and tends to cumulative averaging and to a constant") {
    for (const double fraction : {0.0, 0.25, 0.5, 0.9, 0.999, 1.0, 1 - 0x1p-53}) {
        INFO(fraction);
        long double count = 0;
        for (std::uint64_t batches = 0; batches < 3000; ++batches) {
            count = 1 + fraction * count;
            // The recurrence in 64 bits is off by 2^-63 (2 + w) absolutely (bn::weight_roundings()), the result by half an ulp.
            const double got = bn::accumulated_weight(fraction, batches);
            CHECK(std::fabs(static_cast<double>(got - 1 / count)) <= 0x1p-53 * got + 0x1.8p-62);
        }
    }
    CHECK(bn::accumulated_weight(0.25, std::uint64_t{1} << 53) == 0.75);
    CHECK(bn::accumulated_weight(1, 3) == 0.25);
    // (1 - 2^-53)^(2^50) is e^(-1/8) but for a relative 2^-57; the recurrence would need 2^50 steps.
    CHECK(bn::accumulated_weight(1 - 0x1p-53, (std::uint64_t{1} << 50) - 1) ==
          Approx(0x1p-53 / -std::expm1(-0.125)).epsilon(1e-14));
}

TEST_CASE("conventions: a momentum's meaning is kept from one convention to another") {
    for (const Convention& from : bn::conventions())
        for (const Convention& to : bn::conventions())
            for (const std::uint64_t batches : {0u, 1u, 7u, 1000u}) {
                INFO(from.name << " to " << to.name << " after " << batches);
                const double cumulative = bn::momentum_in(to, from, std::nullopt, batches);
                // 1 - 1/n rounds once, and 1 - that is exact (Sterbenz) or of a number below 1/2.
                CHECK(bn::new_weight(to, cumulative, batches) == Approx(1.0 / (batches + 1.0)).margin(0x1p-53).epsilon(0));
                const double momentum = bn::momentum_in(to, from, 0.25, batches);
                const bool constant = from.momentum != bn::Momentum::accumulates && to.momentum == bn::Momentum::accumulates;
                const double weight = bn::new_weight(from, 0.25, constant ? 1000 : batches);
                CHECK(bn::new_weight(to, momentum, constant ? 1000 : batches) == Approx(weight).margin(0x1p-53).epsilon(0));
                CHECK(bn::momentum_in(from, from, 0.1, batches) == 0.1);
            }
}

TEST_CASE("conventions: Caffe's sum and count in float stay within the bounds, and a count that stands still does not") {
    // What the layer computes, in float32: S and s are stored, running = S / s.
    const suite::Case c =
        suite::read_suite("t", R"({"suite": "t", "cases": [{"name": "c", "shape": [64, 1], "convention": "caffe",
        "momentum": 0.999, "num_batches_tracked": 200, "steps": 20, "checks": ["running"]}]})",
                          ".")
            .cases.front();
    class Layer : public candidate::Candidate {
    public:
        explicit Layer(bool counts) : counts_(counts) { hello_ = candidate::make_builtin("fast")->hello(); }
        const candidate::Hello& hello() const override { return hello_; }
        Response run(const Request& request) override {
            Response response = right_->run(request);
            const float fraction = static_cast<float>(request.momentum);
            float count = 0;
            for (std::uint64_t k = 0; k < request.num_batches_tracked; ++k) count = fraction * count + 1;
            const std::vector<double> x = gather<double>(request.inputs.at("x"), request.c.shape, request.c.layout, 0);
            const bn::Moments<double> batch = bn::moments(x);
            const float values[] = {static_cast<float>(batch.mean), static_cast<float>(bn::unbiased(batch.variance, x.size()))};
            const char* names[] = {"running_mean", "running_var"};
            const float next = counts_ ? fraction * count + 1 : count;
            for (int k = 0; k < 2; ++k) {
                const float sum = static_cast<float>(request.inputs.at(names[k]).at(0)) * count;
                response.outputs.at(names[k]).set(0, (fraction * sum + values[k]) / next);
            }
            return response;
        }

    private:
        bool counts_;
        std::unique_ptr<candidate::Candidate> right_ = candidate::make_builtin("fast");
        candidate::Hello hello_;
    } right(true), stuck(false);
    CHECK(run::run_case(c, right, {}).verdict == judge::Verdict::pass);
    CHECK(run::run_case(c, stuck, {}).verdict == judge::Verdict::fail);
}
