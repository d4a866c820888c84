#include "bncheck/derivation/walk/walk_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bncheck::derivation {
namespace {

std::string digits(const ArrangementDigits& one) {
    return one.norm.error == 0 ? "exact" : fmt::format("{:.1f}", one.norm.digits);
}

std::vector<std::string> most_accurate(const Walk& walk) {
    const auto least = std::min_element(walk.arrangements.begin(), walk.arrangements.end(),
                                        [](const auto& a, const auto& b) { return a.max_error < b.max_error; });
    std::vector<std::string> names;
    for (const ArrangementDigits& one : walk.arrangements)
        if (fmt::format("{:.1e}", one.max_error) == fmt::format("{:.1e}", least->max_error)) names.push_back(one.name);
    return names;
}

}  // namespace

WalkVerdict verdict_of(const Walk& walk) {
    WalkVerdict verdict;
    for (const WalkSection& section : walk.sections)
        for (const WalkStep& step : section.steps)
            if (loses(step) && (!verdict.lossiest || step.lost > verdict.lossiest->lost)) {
                verdict.lossiest = &step;
                verdict.lossiest_section = section.title;
            }
    if (!walk.undefined.empty()) {
        verdict.sentence = "no derivative here: " + walk.undefined;
        return verdict;
    }
    verdict.most_accurate = most_accurate(walk);
    std::string all, best;
    for (const ArrangementDigits& one : walk.arrangements) all += (all.empty() ? "" : ", ") + one.name + " " + digits(one);
    for (const std::string& name : verdict.most_accurate) best += (best.empty() ? "" : ", ") + name;
    if (walk.exact())
        verdict.sentence = "exact: nothing is lost by any step of any arrangement";
    else if (verdict.most_accurate.size() == walk.arrangements.size())
        verdict.sentence = "equally accurate here, in digits of dx: " + all;
    else
        verdict.sentence = "most accurate here: " + best + "; digits of dx: " + all;
    return verdict;
}

}  // namespace bncheck::derivation
