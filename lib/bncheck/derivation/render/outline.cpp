#include "bncheck/derivation/render/outline.hpp"

#include <fmt/format.h>

#include "bncheck/derivation/formula/formula.hpp"

namespace bncheck::derivation {
namespace {

/// "a, b and c".
std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (std::size_t k = 0; k < words.size(); ++k) text += (k == 0 ? "" : k + 1 < words.size() ? ", " : " and ") + words[k];
    return text;
}

std::string quoted(const std::string& formula) { return "`" + formula + "`"; }

/// "staged.dx": what of the definition computes it, and for which quantity.
std::string computed_by(const std::string& computed) {
    const std::string by = computed.substr(0, computed.find('.'));
    return by == "staged" ? "backward, node by node," : by == "closed" ? "closed backward" : "double backward";
}
std::string quantity_of(const std::string& computed) { return computed.substr(computed.find('.') + 1); }

std::string whole_numbers(const std::vector<int>& values) { return fmt::format("({})", fmt::join(values, ",\u00a0")); }

/// "for `m = 2`, at `x` = (1, 0), ...": where a formula is wrong.
std::string place_of(const Outcome& outcome, const Section& section) {
    if (outcome.undefined) return fmt::format("for `m = {}`, at every point that was tried", outcome.m);
    const WholePoint& at = outcome.at;
    std::vector<std::string> data = {"`x`\u00a0=\u00a0" + whole_numbers(at.x), fmt::format("`eps = {}`", at.eps)};
    const auto add = [&](const char* name, int value) { data.push_back(fmt::format("`{} = {}`", name, value)); };
    if (section.setting != Setting::without_affine) {
        add("gamma", at.gamma);
        if (!section.second) add("beta", at.beta);
    }
    if (section.setting == Setting::inference || section.from_m > 1) {
        add("running_mean", at.running_mean);
        add("running_var", at.running_var);
        if (section.setting != Setting::inference) add("w", at.weight);
    }
    data.push_back("`dy`\u00a0=\u00a0" + whole_numbers(at.dy));
    if (section.second) {
        data.push_back("`ddx`\u00a0=\u00a0" + whole_numbers(at.ddx));
        if (section.setting != Setting::without_affine) {
            add("ddgamma", at.ddgamma);
            add("ddbeta", at.ddbeta);
        }
    }
    return fmt::format("for `m = {}`, at {}", outcome.m, listed(data));
}

std::string failure(const Step& step, const StepResult& result, const Section& section) {
    if (result.holds) return "the sides of an equation differ at a random point";
    const std::size_t states = step.states.size();
    const std::string what =
        result.equation < states
            ? quoted(step.states[result.equation])
            : fmt::format("what the template's {} computes for {}", computed_by(step.computed.at(result.equation - states)),
                          quoted(quantity_of(step.computed.at(result.equation - states))));
    return fmt::format("{} {} {}", what, result.outcome.undefined ? "divides by zero" : "is wrong",
                       place_of(result.outcome, section));
}

OutlineStep outlined(const Step& step, const StepResult& result, const Section& section, std::string number) {
    OutlineStep outline{.number = std::move(number), .id = step.id, .formulas = {}, .reason = step.reason, .finding = {}};
    for (const std::string& equation : step.states) outline.formulas.push_back(relation_of(parse_equation(equation)));
    outline.proven = result.holds && result.random_holds;
    if (!outline.proven)
        outline.finding = failure(step, result, section);
    else if (!step.computed.empty()) {
        std::vector<std::string> quantities;
        for (const std::string& computed : step.computed) quantities.push_back(quoted(quantity_of(computed)));
        outline.finding =
            fmt::format("the template's {} computes the same {}", computed_by(step.computed.front()), listed(quantities));
    }
    return outline;
}

/// Of a claim that is not proven.
std::string failure_of(const Decision& found) {
    std::string text =
        quoted(found.claim.target) + (found.verdict == Decision::Verdict::refuted ? " is wrong" : " is undecided");
    if (!found.difference.empty()) text += ": " + found.difference;
    if (found.counterexample) {
        std::vector<std::string> data;
        for (const auto& [name, value] : found.counterexample->data) data.push_back(quoted(name) + "\u00a0=\u00a0" + value);
        const std::size_t index = found.counterexample->index;
        text += fmt::format("; for `m = {}`, at {}, it gives {}{} where {} is right", found.counterexample->m, listed(data),
                            found.counterexample->formula, index == 0 ? "" : fmt::format(" for value {}", index),
                            found.counterexample->truth);
    }
    return found.note.empty() ? text : text + "; " + found.note;
}

OutlineStep outlined(const ArrangementResult& result, std::string number) {
    const Arrangement& arrangement = result.arrangement;
    OutlineStep outline{.number = std::move(number),
                        .id = arrangement.id,
                        .title = arrangement.title,
                        .formulas = {},
                        .vocabulary = {.code = true},
                        .reason = arrangement.source,
                        .proven = result.holds(),
                        .finding = {}};
    for (const Statement& statement : parse_program(arrangement.program)) {
        if (has_free_index(statement.value, outline.vocabulary)) outline.vocabulary.indexed.insert(statement.target);
        outline.formulas.push_back({{name(statement.target), statement.value}, {"="}});
    }
    std::vector<std::string> proven, failures;
    for (const Decision& claim : result.claims) {
        if (claim.verdict == Decision::Verdict::proven)
            proven.push_back(quoted(claim.claim.target));
        else
            failures.push_back(failure_of(claim));
    }
    outline.finding = outline.proven ? listed(proven) : fmt::format("{}", fmt::join(failures, "; "));
    return outline;
}

std::vector<std::string> conclusion_of(const Outline& outline) {
    std::vector<std::string> failed, sentences;
    std::size_t steps = 0;
    for (const OutlinePart& section : outline.sections)
        for (const OutlineStep& step : section.steps) {
            ++steps;
            if (!step.proven) failed.push_back(step.number);
        }
    bool arrangements = true;
    for (const OutlineStep& step : outline.arrangements.steps) {
        arrangements = arrangements && step.proven;
        if (!step.proven) failed.push_back(step.number);
    }
    if (arrangements && !outline.arrangements.steps.empty())
        sentences.push_back(fmt::format("The {} arrangements in code are proven to give the same gradients.",
                                        outline.arrangements.steps.size()));
    sentences.push_back(failed.empty() ? fmt::format("All {} steps are proven.", steps)
                                       : fmt::format("These steps are NOT proven: {}.", listed(failed)));
    return sentences;
}

}  // namespace

Outline outline_of(const Document& document) {
    Outline outline;
    outline.title = "Batch normalization: the backward pass, derived step by step";
    outline.introduction = introduction();
    std::size_t part = 0;
    for (const SectionResult& result : document.sections) {
        const Section& section = result.section;
        OutlinePart outlined_part{std::to_string(++part), section.id, section.title, section.introduction};
        for (std::size_t k = 0; k < section.steps.size(); ++k)
            outlined_part.steps.push_back(
                outlined(section.steps[k], result.steps.at(k), section, fmt::format("{}.{}", part, k + 1)));
        outline.sections.push_back(std::move(outlined_part));
    }
    outline.names = {std::to_string(++part), "names", "What it is called in code"};
    outline.arrangements = {
        std::to_string(++part), "arrangements", "How it stands in code",
        "Each is proven to give the gradients of training, in its own names and its own order of operations."};
    for (std::size_t k = 0; k < document.arrangements.size(); ++k)
        outline.arrangements.steps.push_back(outlined(document.arrangements[k], fmt::format("{}.{}", part, k + 1)));
    outline.argument = {std::to_string(++part), "argument", "Why this is a proof"};
    outline.argument_paragraphs = argument(document);
    outline.conclusion = conclusion_of(outline);
    return outline;
}

}  // namespace bncheck::derivation
