#pragma once

// A right candidate with one thing changed, and cases to put to it: for the tests of properties.

#include <algorithm>
#include <catch2/catch.hpp>

#include "bncheck/properties/properties.hpp"
#include "bncheck/suite/suite.hpp"

namespace altered {

using namespace bncheck;
using candidate::Request;
using candidate::Response;
using judge::Verdict;
using properties::Finding;
using properties::Instance;
using properties::Subject;

/// The one case of a suite of these keys.
inline suite::Case case_of(const std::string& keys) {
    return suite::read_suite("t", R"({"suite": "t", "cases": [{"name": "c", )" + keys + "}]}", ".").cases.front();
}

inline Instance instance_of(const suite::Case& c) { return {c, suite::generate(c)}; }

/// A builtin that is wrong in one place: in what it is asked, or in what it answers.
class Altered : public candidate::Candidate {
public:
    using Before = std::function<void(suite::Case&, suite::Tensors& inputs)>;
    using After = std::function<void(const Request&, suite::Tensors& outputs)>;
    explicit Altered(After after = {}, Before before = {}) : before_(std::move(before)), after_(std::move(after)) {
        hello_ = right_->hello();
    }
    const candidate::Hello& hello() const override { return hello_; }
    Response run(const Request& request) override {
        suite::Case c = request.c;
        suite::Tensors inputs = request.inputs;
        if (before_) before_(c, inputs);
        Response response = right_->run(
            {c, request.pass, request.convention, request.momentum, request.num_batches_tracked, 0, inputs, request.outputs});
        if (after_) after_(request, response.outputs);
        return response;
    }
    candidate::Hello hello_;

private:
    std::unique_ptr<candidate::Candidate> right_ = candidate::make_builtin("wide");
    Before before_;
    After after_;
};

inline Subject subject_of(candidate::Candidate& candidate, const suite::Case& c) {
    return {candidate, c.convention, c.momentum.value_or(1), c.require};
}

inline std::vector<Finding> identities(candidate::Candidate& candidate, const suite::Case& c) {
    return properties::identities(subject_of(candidate, c), instance_of(c));
}

/// Names of the properties that failed, each once, in order.
inline std::string failed(const std::vector<Finding>& findings) {
    std::string names;
    for (const Finding& f : findings)
        if (f.verdict == Verdict::fail && names.find(f.property) == std::string::npos)
            names += (names.empty() ? "" : " ") + f.property;
    return names;
}
inline std::string failed(candidate::Candidate& candidate, const suite::Case& c) { return failed(identities(candidate, c)); }

inline const Finding& finding_of(const std::vector<Finding>& findings, const std::string& property, const std::string& tensor) {
    const auto found = std::find_if(findings.begin(), findings.end(),
                                    [&](const Finding& f) { return f.property == property && f.tensor == tensor; });
    REQUIRE(found != findings.end());
    return *found;
}

inline const std::string plain = R"("shape": [4, 5, 6], "eps": 1e-3)";

}  // namespace altered
