#include <cmath>
#include <nlohmann/json.hpp>

#include "bncheck/derivation/walk/walk_text.hpp"
#include "bncheck/derivation/walk/walk_verdict.hpp"

namespace bncheck::derivation {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

Json step_json(const WalkStep& step) {
    Json all = {{"quantity", step.quantity}};
    if (!step.formula.empty()) all["formula"] = step.formula;
    if (step.indexed) all["index"] = step.index;
    all["working"] = number(step.working);
    all["reference"] = step.reference_digits;
    all["relative_error"] = number(step.element.error);
    all["correct_digits"] = number(step.element.digits);
    all["norm"] = {{"relative_error", number(step.norm.error)},
                   {"correct_digits", number(step.norm.digits)},
                   {"inherited", number(step.inherited)},
                   {"made_here", number(step.made_here)}};
    all["lost_digits"] = number(step.lost);
    if (!step.worst_operand.empty()) all["worst_operand"] = step.worst_operand;
    if (loses(step)) all["condition"] = number(step.condition);
    if (!step.reason.empty()) all["reason"] = step.reason;
    return all;
}

}  // namespace

Json json(const Walk& walk) {
    Json all = {{"m", walk.m},
                {"mode", walk.training ? "train" : "eval"},
                {"working", name_of(walk.working)},
                {"reference", "mpfr256"},
                {"defined", walk.undefined.empty()}};
    Json& sections = all["sections"] = Json::array();
    for (const WalkSection& section : walk.sections) {
        Json one = {{"id", section.id}, {"title", section.title}};
        if (!section.source.empty()) one["source"] = section.source;
        Json& steps = one["steps"] = Json::array();
        for (const WalkStep& step : section.steps) steps.push_back(step_json(step));
        sections.push_back(std::move(one));
    }
    Json& arrangements = all["arrangements"] = Json::array();
    for (const ArrangementDigits& one : walk.arrangements)
        arrangements.push_back({{"name", one.name},
                                {"correct_digits", number(one.norm.digits)},
                                {"relative_error", number(one.norm.error)},
                                {"max_error", number(one.max_error)}});
    const WalkVerdict verdict = verdict_of(walk);
    all["exact"] = walk.exact();
    all["most_accurate"] = verdict.most_accurate;
    if (verdict.lossiest)
        all["most_lost_in"] = {{"section", verdict.lossiest_section}, {"quantity", verdict.lossiest->quantity}};
    all["verdict"] = verdict.sentence;
    return all;
}

}  // namespace bncheck::derivation
