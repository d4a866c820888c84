#include "bncheck/properties/properties.hpp"

namespace bncheck::properties {
namespace {

using candidate::Response;
using judge::Verdict;

Finding unanswered(const std::string& property, const Response& response) {
    Finding finding = skipped(property, "y", response.reason);
    if (response.status == Response::Status::error) finding.verdict = Verdict::error;
    return finding;
}

std::string no_pass(const Subject& subject, const suite::Case& c) {
    if (subject.forward(c) || subject.backward(c)) return "";
    return subject.candidate.hello().obstacle(c, "forward");
}

}  // namespace

std::vector<Finding> identities(const Subject& subject, const Instance& instance) {
    const suite::Case& c = instance.c;
    std::vector<Finding> all;
    if (const std::string why = no_pass(subject, c); !why.empty()) return {skipped("", "y", why)};
    std::string property;
    const auto find = [&](const char* name, const auto& question) {
        property = name;
        for (Finding& finding : question()) all.push_back(std::move(finding));
    };
    try {
        const suite::Tensors outputs = ask(subject, instance);
        if (c.training && subject.backward(c)) {
            find("sum-dx-zero", [&] { return gradient_sums(subject, instance, outputs); });
        } else if (c.training) {
            for (const char* name : {"sum-dx-zero", "sum-dx-xhat"})
                all.push_back(skipped(name, "dx", subject.candidate.hello().obstacle(c, "backward")));
        }
        find("permutation", [&] { return permutation_invariance(subject, instance, outputs); });
        find("shift", [&] { return shift_invariance(subject, instance); });
        find("restores-x", [&] { return restoring_x(subject, instance); });
        find("scale", [&] { return scale_invariance(subject, instance, outputs); });
    } catch (const Response& response) {
        all.push_back(unanswered(property, response));
    }
    return all;
}

std::vector<Finding> repeatability(const Subject& subject, const Instance& instance) {
    if (const std::string why = no_pass(subject, instance.c); !why.empty()) return {skipped("", "y", why)};
    try {
        return determinism(subject, instance);
    } catch (const Response& response) {
        return {unanswered("", response)};
    }
}

}  // namespace bncheck::properties
