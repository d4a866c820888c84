#include "bncheck/properties/properties.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "altered_candidate.hpp"
#include "bncheck/bn/definition.hpp"
#include "bncheck/core/random.hpp"

using namespace altered;

namespace {

/// Replaces y of the forward, or dx of the backward, by a function of (xhat, dy, mean dy, c, scale) with moments of its own.
using Moments = std::function<bn::Moments<double>(const std::vector<double>& x)>;
Altered::After with_moments(const Moments& moments_of) {
    return [moments_of](const Request& request, suite::Tensors& outputs) {
        const Instance instance{request.c, request.inputs};
        for (std::size_t channel = 0; channel < request.c.shape.channels(); ++channel) {
            const std::vector<double> x = instance.channel("x", channel);
            const bn::Normalizer<double> n = bn::normalizer(moments_of(x), request.c.eps);
            const std::vector<double> xhat = bn::normalized(x, n);
            const bn::Affine<double> affine{instance.parameter("gamma", channel, 1), instance.parameter("beta", channel, 0)};
            if (request.pass == "forward")
                scatter<double>(outputs.at("y"), request.c.shape, request.c.layout, channel, bn::output(xhat, affine));
        }
    };
}

/// Adds to dx what `extra` gives of xhat, dy, mean dy, c and gamma r.
using Extra = std::function<double(double xhat, double mean_dy, double c, double scale)>;
Altered::After with_dx(const Extra& extra) {
    return [extra](const Request& request, suite::Tensors& outputs) {
        if (request.pass != "backward") return;
        const Instance instance{request.c, request.inputs};
        for (std::size_t channel = 0; channel < request.c.shape.channels(); ++channel) {
            const std::vector<double> x = instance.channel("x", channel), dy = instance.channel("dy", channel);
            const bn::Normalizer<double> n = bn::normalizer(bn::moments(x), request.c.eps);
            const std::vector<double> xhat = bn::normalized(x, n);
            const double m = static_cast<double>(x.size()), scale = instance.parameter("gamma", channel, 1) * n.r;
            std::vector<double> dx = gather<double>(outputs.at("dx"), request.c.shape, request.c.layout, channel);
            for (std::size_t i = 0; i < x.size(); ++i)
                dx[i] += extra(xhat[i], bn::sum(dy) / m, bn::sum_of_products(dy, xhat) / m, scale);
            scatter<double>(outputs.at("dx"), request.c.shape, request.c.layout, channel, dx);
        }
    };
}

}  // namespace

TEST_CASE("a right kernel passes every property, and each is asked in training and in inference") {
    Altered right;
    for (const std::string mode : {"train", "eval"}) {
        const std::vector<Finding> found = identities(right, case_of(plain + R"(, "mode": ")" + mode + "\""));
        std::set<std::string> asked;
        for (const Finding& f : found) {
            INFO(mode << " " << f.property << " " << f.tensor << " " << f.reason);
            CHECK(f.verdict == Verdict::pass);
            asked.insert(f.property);
        }
        CHECK(asked.count("sum-dx-zero") == (mode == "train"));
        for (const char* name : {"permutation", "shift", "restores-x", "scale"}) CHECK(asked.count(name) == 1);
    }
}

TEST_CASE("a dx that lacks a term fails the sum that the term is for") {
    const suite::Case c = case_of(plain);
    Altered without_mean(with_dx([](double, double mean_dy, double, double scale) { return scale * mean_dy; }));
    CHECK(failed(without_mean, c) == "sum-dx-zero");
    Altered without_xhat(with_dx([](double xhat, double, double product, double scale) { return scale * xhat * product; }));
    CHECK(failed(without_xhat, c) == "sum-dx-xhat");
    const suite::Case large_eps = case_of(R"("shape": [4, 5, 6], "eps": 1)");
    Altered zero([](const Request& request, suite::Tensors& outputs) {
        if (request.pass == "backward") outputs.at("dx") = Tensor(request.c.dtype, outputs.at("dx").dims());
    });
    CHECK(failed(zero, large_eps) == "sum-dx-xhat");  // zero adds up to zero
    Altered other_eps({}, [](suite::Case& asked, suite::Tensors&) { asked.eps *= 1 + 1e-3; });
    CHECK(failed(other_eps, large_eps).find("sum-dx-xhat") != std::string::npos);
}

TEST_CASE("a sum just above its tolerance fails and just below passes") {
    const suite::Case c = case_of(R"("shape": [8, 1, 8], "dtype": "float64")");
    Altered right;
    for (const std::string property : {"sum-dx-zero", "sum-dx-xhat"}) {
        const Finding before = finding_of(identities(right, c), property, "dx");
        const judge::Element& worst = *before.findings->worst;
        // One dx moves; its xhat is about 1 or more.
        const Instance instance = instance_of(c);
        const properties::ChannelModel model(instance, subject_of(right, c), 0);
        std::size_t place = 0;
        while (std::fabs(model.xhat(place)) < 1) ++place;
        const double factor = property == "sum-dx-zero" ? 1 : model.xhat(place);
        for (const auto& [part, verdict] : {std::pair{0.9, Verdict::pass}, std::pair{1.1, Verdict::fail}}) {
            const double due = (part * worst.bound - (worst.got - worst.want.hi)) / factor;
            Altered moved([&, amount = due](const Request& request, suite::Tensors& outputs) {
                if (request.pass == "backward") outputs.at("dx").set(place, outputs.at("dx").at(place) + amount);
            });
            CHECK(finding_of(identities(moved, c), property, "dx").verdict == verdict);
        }
    }
}

TEST_CASE("statistics that leave a value out depend on the order") {
    Altered left_out(with_moments([](std::vector<double> x) {
        x.pop_back();
        return bn::moments(x);
    }));
    const std::string found = failed(left_out, case_of(plain));
    CHECK(found.find("permutation") != std::string::npos);
    CHECK(found.find("shift") == std::string::npos);
    // One value in 4096 moves the mean by 2^-12 of a deviation, and the sums of a lattice are exact in any order.
    CHECK(failed(left_out, case_of(R"("shape": [4096, 2], "require": "sequential", "data": {"x": {"lattice": {}}})"))
              .find("permutation") != std::string::npos);
}

TEST_CASE("statistics that take in a value from outside do not shift") {
    Altered padded(with_moments([](std::vector<double> x) {
        x.push_back(0);
        return bn::moments(x);
    }));
    const std::string found = failed(padded, case_of(plain));
    CHECK(found.find("shift") != std::string::npos);
    CHECK(found.find("permutation") == std::string::npos);
    CHECK(found.find("scale") == std::string::npos);
}

TEST_CASE("y = x sees a factor, an eps and a variance that are not the definition's") {
    const suite::Case c = case_of(plain);
    Altered scaled([](const Request& request, suite::Tensors& outputs) {
        if (request.pass != "forward") return;
        for (std::size_t p = 0; p < outputs.at("y").size(); ++p) outputs.at("y").set(p, outputs.at("y").at(p) * (1 + 1e-5));
    });
    CHECK(failed(scaled, c) == "restores-x");
    Altered unbiased(with_moments([](const std::vector<double>& x) {
        const bn::Moments<double> m = bn::moments(x);
        return bn::Moments<double>{m.mean, bn::unbiased(m.variance, x.size())};
    }));
    CHECK(failed(unbiased, c) == "restores-x");
    Altered other_eps({}, [](suite::Case& asked, suite::Tensors&) { asked.eps *= 1.1; });
    CHECK(failed(other_eps, c).find("restores-x") != std::string::npos);
    const suite::Case inference = case_of(plain + R"(, "mode": "eval")");
    CHECK(failed(other_eps, inference) == "restores-x");
}

TEST_CASE("sums of float64 gradients that underflow are no failure") {
    Altered right;
    for (const std::string data : {R"("x": {"normal": {"mean": -128, "stddev": 2e-6}}, "dy": {"subnormal": {}})",
                                   R"("x": {"subnormal": {}}, "dy": {"normal": {"mean": 0.018, "stddev": 1.8e-5}})"})
        for (const std::string eps : {"1e-5", "1", "4443"}) {
            const suite::Case c = case_of(R"("shape": [2, 3, 3], "dtype": "float64", "affine": false, "eps": )" + eps +
                                          R"(, "data": {)" + data + "}");
            for (const char* property : {"sum-dx-zero", "sum-dx-xhat"})
                CHECK(finding_of(identities(right, c), property, "dx").verdict == Verdict::pass);
        }
}

TEST_CASE("what cannot be asked is skipped with its reason, and other channels are still asked") {
    Altered forward_only;
    forward_only.hello_.passes = {"forward"};
    const Finding skipped = finding_of(identities(forward_only, case_of(plain)), "sum-dx-zero", "dx");
    CHECK(skipped.verdict == Verdict::skipped);
    CHECK(skipped.reason == "the candidate does not support pass backward");
    Altered right;
    const suite::Case nan = case_of(R"("shape": [4, 2], "data": {"x": {"values": [1, "nan", 2, 3, 4, 5, -1, 0.5]}})");
    for (const Finding& f : identities(right, nan)) {
        CHECK(f.verdict == Verdict::pass);
        CHECK(f.reason.find("1 of 2 channels left out: x is not finite") != std::string::npos);
    }
    const suite::Case zero = case_of(R"("shape": [4, 2], "eps": 0, "data": {"x": {"constant": 3}})");
    for (const Finding& f : identities(right, zero)) CHECK(f.verdict == Verdict::skipped);
    const suite::Case plain_case = case_of(plain + R"(, "affine": false)");
    CHECK(finding_of(identities(right, plain_case), "restores-x", "y").verdict == Verdict::skipped);
    CHECK(finding_of(identities(right, plain_case), "sum-dx-xhat", "dx").verdict == Verdict::pass);
    class Failing : public Altered {
    public:
        using Altered::Altered;
        Response run(const Request&) override { return {Response::Status::error, "it broke", {}}; }
    } failing;
    const std::vector<Finding> errors = identities(failing, case_of(plain));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].verdict == Verdict::error);
    CHECK(errors[0].reason == "it broke");
}

TEST_CASE("NaN is no output of finite inputs, wherever it comes from") {
    Altered nan([](const Request& request, suite::Tensors& outputs) {
        outputs.at(request.pass == "forward" ? "y" : "dx").set(0, std::numeric_limits<double>::quiet_NaN());
    });
    const std::string found = failed(nan, case_of(plain));
    for (const char* name : {"sum-dx-zero", "sum-dx-xhat", "permutation", "shift", "restores-x"})
        CHECK(found.find(name) != std::string::npos);
}

TEST_CASE("no right kernel is accused: random small cases of every type") {
    const RandomStream random("test", "properties", "cases", 1);
    std::size_t asked = 0, passed = 0;
    double best = 0;
    for (std::uint64_t k = 0; k < 400; ++k) {
        const auto pick = [&](std::uint64_t bound, std::uint64_t index) { return random.below(bound, 16 * k + index); };
        static const char* const dtypes[] = {"float16", "bfloat16", "float32", "float64"};
        static const char* const names[] = {"fast", "two_pass", "welford", "pairwise", "compensated", "wide"};
        const bool training = pick(4, 0) != 0;
        const std::size_t m = training ? 2 + pick(k % 2 ? 7 : 63, 1) : 1 + pick(64, 1);
        const double mean = pick(3, 2) == 0 ? 0 : std::pow(10.0, static_cast<double>(pick(6, 3)) - 1),
                     eps = std::pow(10.0, -static_cast<double>(pick(13, 4)));
        const std::string keys = R"("shape": [)" + std::to_string(m) + R"(, 2], "seed": )" + std::to_string(k) +
                                 R"(, "dtype": ")" + dtypes[pick(4, 5)] + R"(", "mode": ")" + (training ? "train" : "eval") +
                                 R"(", "affine": )" + (pick(4, 6) ? "true" : "false") + R"(, "eps": )" + std::to_string(eps) +
                                 R"(, "data": {"x": {"normal": {"mean": )" + std::to_string(mean) + R"(, "stddev": )" +
                                 std::to_string(std::pow(4.0, static_cast<double>(pick(9, 7)) - 4)) + "}}}";
        const suite::Case c = case_of(keys);
        const auto candidate = candidate::make_builtin(names[pick(6, 8)]);
        for (const Finding& f : identities(*candidate, c)) {
            INFO(candidate->hello().name << " " << keys << " " << f.property << " " << f.tensor << " " << f.reason);
            CHECK(f.verdict != Verdict::fail);
            CHECK(f.verdict != Verdict::error);
            ++asked;
            passed += f.verdict == Verdict::pass;
            if (f.findings && f.by_class) best = std::max(best, f.findings->utilisation);
        }
    }
    CHECK(passed > asked * 8 / 10);  // few are inconclusive
    CHECK(best > 0.1);               // the tolerances are not slack
}
