#include "bncheck/properties/determinism.hpp"

#include <oneapi/tbb/global_control.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "altered_candidate.hpp"

using namespace altered;

TEST_CASE("the last bit of one value that changes between runs fails determinism, and scale is not asked") {
    const suite::Case c = case_of(plain);
    std::size_t calls = 0;
    Altered second_call([&](const Request& request, suite::Tensors& outputs) {
        if (request.pass != "forward" || ++calls % 2) return;
        Tensor& y = outputs.at("y");
        y.set(7, std::nextafter(static_cast<float>(y.at(7)), 1e9f));
    });
    const std::vector<Finding> found = properties::determinism(subject_of(second_call, c), instance_of(c));
    for (const Finding& f : found) CHECK(f.verdict == (f.tensor == "y" ? Verdict::fail : Verdict::pass));
    const Finding& y = finding_of(found, "", "y");
    CHECK(y.reason == "two runs on the same number of threads differ");
    CHECK(y.findings->failed == 1);
    CHECK(y.findings->worst->channel == 1);  // position 7 of [4, 5, 6]
    CHECK(y.findings->worst->i == 1);
    CHECK(y.findings->worst->got > y.findings->worst->want.hi);
    const std::vector<Finding> asked = identities(second_call, c);
    CHECK(failed(asked) == "");
    CHECK(finding_of(asked, "scale", "y").reason == "two runs of the candidate give different bits");
}

TEST_CASE("a value that depends on the number of threads fails determinism with that reason") {
    const suite::Case c = case_of(plain + R"(, "layout": "NHWC")");
    const auto test = [&](const std::function<bool(const Request&)>& alone) {
        Altered dependent([&](const Request& request, suite::Tensors& outputs) {
            if (request.pass == "backward" && alone(request))
                outputs.at("dgamma").set(3, outputs.at("dgamma").at(3) * (1 + 0x1p-23));
        });
        const std::vector<Finding> found = properties::determinism(subject_of(dependent, c), instance_of(c));
        const Finding& dgamma = finding_of(found, "", "dgamma");
        CHECK(dgamma.verdict == Verdict::fail);
        CHECK(dgamma.reason == "a run on one thread differs from those on several");
        CHECK(dgamma.findings->worst->channel == 3);
        CHECK(finding_of(found, "", "dx").verdict == Verdict::pass);
    };
    test([](const Request& request) { return request.threads == 1; });
    using oneapi::tbb::global_control;
    if (global_control::active_value(global_control::max_allowed_parallelism) > 1)
        test([](const Request&) { return global_control::active_value(global_control::max_allowed_parallelism) == 1; });
}
