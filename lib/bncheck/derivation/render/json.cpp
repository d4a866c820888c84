#include "bncheck/derivation/render/json.hpp"

#include <nlohmann/json.hpp>

#include "bncheck/derivation/claim/decision_text.hpp"
#include "bncheck/derivation/render/filling.hpp"
#include "bncheck/derivation/render/notation.hpp"
#include "bncheck/derivation/render/outline.hpp"

namespace bncheck::derivation {
namespace {

using Json = nlohmann::ordered_json;

Json formula_of(const Relation& relation, const Vocabulary& vocabulary) {
    return {{"formula", to_source(relation.sides.at(0)) + " = " + to_source(relation.sides.at(1))},
            {"text", unicode(relation, vocabulary)},
            {"latex", latex(relation, vocabulary)}};
}

Json formulas_of(const OutlineStep& step) {
    Json all = Json::array();
    for (const Relation& relation : step.formulas) all.push_back(formula_of(relation, step.vocabulary));
    return all;
}

Json size_of(const SectionResult& result) {
    const ProofSize& size = result.size;
    return {{"degrees",
             {{"root", size.root},
              {"x", size.x},
              {"eps", size.eps},
              {"dy", size.dy},
              {"seeds", size.seeds},
              {"others", size.others},
              {"total", size.total_degree()}}},
            {"gamma_values", size.gamma_values},
            {"m_low", size.m_low},
            {"m_high", size.m_high},
            {"indices", size.indices},
            {"from_m", result.section.from_m},
            {"largest_m", result.largest_m},
            {"points", result.points},
            {"random_points", result.random.points}};
}

Json point_of(const WholePoint& at) {
    return {{"x", at.x},
            {"dy", at.dy},
            {"ddx", at.ddx},
            {"ddgamma", at.ddgamma},
            {"ddbeta", at.ddbeta},
            {"eps", at.eps},
            {"gamma", at.gamma},
            {"beta", at.beta},
            {"running_mean", at.running_mean},
            {"running_var", at.running_var},
            {"w", at.weight}};
}

Json failure_of(const Step& step, const StepResult& result, const std::string& words) {
    Json failure = {{"words", with_plain_spaces(words)}, {"random_points_alone", result.holds}};
    if (result.holds) return failure;
    const std::size_t states = step.states.size();
    failure["equation"] = result.equation < states ? step.states[result.equation] : step.computed.at(result.equation - states);
    failure["m"] = result.outcome.m;
    failure["undefined"] = result.outcome.undefined;
    if (!result.outcome.undefined) failure["point"] = point_of(result.outcome.at);
    return failure;
}

Json section_of(const SectionResult& result, const OutlinePart& part) {
    const Section& section = result.section;
    Json steps = Json::array();
    for (std::size_t k = 0; k < part.steps.size(); ++k) {
        const OutlineStep& step = part.steps[k];
        Json one = {{"id", step.id},
                    {"number", step.number},
                    {"equations", formulas_of(step)},
                    {"reason", step.reason},
                    {"computed", section.steps[k].computed},
                    {"proven", step.proven}};
        if (!step.proven) one["failure"] = failure_of(section.steps[k], result.steps[k], step.finding);
        steps.push_back(std::move(one));
    }
    return {{"id", part.id},
            {"number", part.number},
            {"title", part.title},
            {"setting", setting_name(section.setting)},
            {"introduction", part.introduction},
            {"size", size_of(result)},
            {"steps", steps}};
}

Json arrangement_of(const ArrangementResult& result, const OutlineStep& step) {
    Json claims = Json::array();
    for (const Decision& claim : result.claims) claims.push_back(json(claim));
    Json one = {{"id", step.id},
                {"number", step.number},
                {"title", step.title},
                {"source", step.reason},
                {"program", result.arrangement.program},
                {"statements", formulas_of(step)},
                {"claims", claims},
                {"proven", step.proven}};
    if (!step.proven) one["failure"] = {{"words", with_plain_spaces(step.finding)}};
    return one;
}

Json names() {
    Json all = Json::array();
    const std::vector<std::string> columns = code_columns();
    for (const CodeName& quantity : code_names()) {
        Json in = Json::object();
        for (std::size_t c = 0; c < columns.size(); ++c)
            if (!quantity.names.at(c).empty()) in[columns[c]] = quantity.names[c];
        all.push_back({{"quantity", quantity.quantity}, {"names", in}});
    }
    return all;
}

}  // namespace

Json json(const Document& document) {
    const Outline outline = outline_of(document);
    Json sections = Json::array(), arrangements = Json::array();
    for (std::size_t k = 0; k < document.sections.size(); ++k)
        sections.push_back(section_of(document.sections[k], outline.sections[k]));
    for (std::size_t k = 0; k < document.arrangements.size(); ++k)
        arrangements.push_back(arrangement_of(document.arrangements[k], outline.arrangements.steps[k]));
    return {{"bncheck", {{"derivation", 1}}},
            {"proven", document.holds()},
            {"title", outline.title},
            {"introduction", outline.introduction},
            {"sections", sections},
            {"arrangements", arrangements},
            {"names", names()},
            {"argument", outline.argument_paragraphs}};
}

}  // namespace bncheck::derivation
