#include "bncheck/derivation/claim/decision_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace bncheck::derivation {
namespace {

using Json = nlohmann::ordered_json;

std::size_t first_proven_together(const Proof& proof) { return static_cast<std::size_t>(proof.size.indices); }

std::string proof_text(const Proof& proof, const RandomEvidence& random) {
    const ProofSize& size = proof.size;
    std::string text = "  proven for every channel of every size\n";
    text += fmt::format("    exactly equal at {} points with m = 1 to {}\n", proof.points, proof.largest_m);
    text += fmt::format(
        "    the difference, without divisors and times q^({}/2), has degree {} in x, {} in eps, {} in dy;\n"
        "    its terms have at most {} different indices and the powers of m from {} to {}\n",
        size.root, size.x, size.eps, size.dy, size.indices, size.m_low, size.m_high);
    text += fmt::format("    so m = {} to {} prove every m >= {}, and smaller m each for itself\n",
                        first_proven_together(proof), proof.largest_m, first_proven_together(proof));
    return text + fmt::format("    and equal at {} random rational points\n", random.points);
}

std::string rows(const std::vector<std::pair<std::string, std::string>>& quantities) {
    std::string text;
    for (const auto& [name, value] : quantities) text += fmt::format("      {:<8} {}\n", name, value);
    return text;
}

std::string place(const Counterexample& example, const std::string& target) {
    return example.index == 0 ? target : target + "_" + std::to_string(example.index);
}

std::string counterexample_text(const Counterexample& example, const std::string& target) {
    std::string text =
        fmt::format("    counterexample, {}, m = {}:\n",
                    example.exact ? "exact" : "to 30 digits (the formula has a root that is not rational)", example.m);
    text += rows(example.data) + "    so\n" + rows(example.derived);
    return text +
           fmt::format("    {}: the formula gives {}, the truth is {}\n", place(example, target), example.formula,
                       example.truth) +
           (example.exact && example.formula.find('r') == std::string::npos && example.truth.find('r') == std::string::npos
                ? ""
                : fmt::format("    that is {:.15g} and {:.15g}\n", example.formula_decimal, example.truth_decimal));
}

/// "(0, 2)" as ["0", "2"].
Json exact(const std::string& value) {
    if (value.front() != '(') return value;
    Json all = Json::array();
    for (std::size_t begin = 1; begin < value.size();) {
        const std::size_t end = value.find_first_of(",)", begin);
        all.push_back(value.substr(begin, end - begin));
        begin = end + 2;
    }
    return all;
}

Json object(const std::vector<std::pair<std::string, std::string>>& quantities) {
    Json all = Json::object();
    for (const auto& [name, value] : quantities) all[name] = exact(value);
    return all;
}

}  // namespace

std::string verdict_name(Decision::Verdict verdict) {
    switch (verdict) {
        case Decision::Verdict::proven:
            return "proven";
        case Decision::Verdict::refuted:
            return "refuted";
        case Decision::Verdict::undecided:
            return "undecided";
    }
    return "";
}

std::string text(const Decision& decision) {
    const std::string& target = decision.claim.target;
    std::string text = target + " = " + to_source(decision.claim.formula) + "\n";
    if (decision.verdict == Decision::Verdict::proven)
        return text + proof_text(decision.proof, decision.random) +
               (decision.note.empty() ? "" : "    " + decision.note + "\n");
    text += "  " + verdict_name(decision.verdict) + "\n";
    if (!decision.difference.empty()) text += "    " + decision.difference + "\n";
    if (decision.counterexample) text += counterexample_text(*decision.counterexample, target);
    if (!decision.note.empty()) text += "    " + decision.note + "\n";
    return text;
}

Json json(const Decision& decision) {
    Json all = {{"target", decision.claim.target},
                {"formula", to_source(decision.claim.formula)},
                {"verdict", verdict_name(decision.verdict)}};
    if (decision.verdict == Decision::Verdict::proven) {
        const Proof& proof = decision.proof;
        all["proof"] = {{"points", proof.points},
                        {"largest_m", proof.largest_m},
                        {"every_m_from", first_proven_together(proof)},
                        {"degrees", {{"x", proof.size.x}, {"eps", proof.size.eps}, {"dy", proof.size.dy}}},
                        {"powers_of_m", {proof.size.m_low, proof.size.m_high}},
                        {"random_points", decision.random.points}};
    }
    if (decision.counterexample) {
        const Counterexample& example = *decision.counterexample;
        all["counterexample"] = {{"m", example.m},
                                 {"index", example.index == 0 ? Json(nullptr) : Json(example.index)},
                                 {"exact", example.exact},
                                 {"data", object(example.data)},
                                 {"derived", object(example.derived)},
                                 {"formula", {{"value", example.formula}, {"decimal", example.formula_decimal}}},
                                 {"truth", {{"value", example.truth}, {"decimal", example.truth_decimal}}}};
    }
    if (!decision.difference.empty()) all["difference"] = decision.difference;
    if (!decision.note.empty()) all["note"] = decision.note;
    return all;
}

}  // namespace bncheck::derivation
