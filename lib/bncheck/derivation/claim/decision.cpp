#include "bncheck/derivation/claim/decision.hpp"

#include <algorithm>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/claim/explain.hpp"
#include "bncheck/derivation/proof/roots.hpp"

namespace bncheck::derivation {
namespace {

using Verdict = Decision::Verdict;

/// The formula with half powers made whole ones: as large, and without roots.
Expression with_whole_powers(const Expression& formula) {
    Node changed = *formula;
    for (Expression& child : changed.children) child = with_whole_powers(child);
    if (changed.kind == Node::Kind::power && changed.halves % 2 != 0) changed.halves *= 2;
    return std::make_shared<const Node>(std::move(changed));
}

/// Not zero for any channel: numbers, m, q and r, q as v + eps, and their products and powers.
bool is_never_zero(const Expression& e) {
    switch (e->kind) {
        case Node::Kind::number:
            return e->numerator != 0;
        case Node::Kind::name:
            return e->name == "m" || e->name == "q" || e->name == "r";
        case Node::Kind::multiply:
        case Node::Kind::divide:
            return is_never_zero(e->children[0]) && is_never_zero(e->children[1]);
        case Node::Kind::power:
            return is_never_zero(e->children[0]);
        default:
            return to_source(e) == "v + eps" || to_source(e) == "eps + v";
    }
}

bool may_divide_by_zero(const Expression& e) {
    if (e->kind == Node::Kind::divide && !is_never_zero(e->children[1])) return true;
    if (e->kind == Node::Kind::power && e->halves < 0 && !is_never_zero(e->children[0])) return true;
    return std::any_of(e->children.begin(), e->children.end(), may_divide_by_zero);
}

bool is_about(const Error& error, const char* code) { return error.fault() == Fault::usage && error.code() == code; }

ProofRequest request_for(const Claim& claim, Setting setting) {
    const bool nodes = speaks_of_nodes(claim.formula) || speaks_of_nodes(name(claim.target));
    return {setting, claim.second, nodes, false, 1, claim.second ? 11u : 7u};
}

/// Channels of a few values are tried before anything is said to be undecided.
constexpr std::size_t largest_small_m = 4;

Decision refuted(Decision decision, Counterexample example, Setting setting) {
    decision.verdict = Verdict::refuted;
    decision.counterexample = std::move(example);
    decision.difference = explain(decision.claim, setting);
    return decision;
}

std::optional<Counterexample> any_small(const Claim& claim, Setting setting, std::size_t from_m) {
    for (std::size_t m = from_m; m <= largest_small_m; ++m)
        if (std::optional<Counterexample> example = small_counterexample(claim, setting, m)) return example;
    return std::nullopt;
}

/// What a proof found, with the formula as it was written where roots are rational, else without roots.
Decision of_proof(Decision decision, const Claim& rootless, const Proof& proof, Setting setting) {
    const Outcome& outcome = proof.outcomes.front();
    if (outcome.holds) {
        decision.verdict = Verdict::proven;
        decision.proof = proof;
        if (may_divide_by_zero(rootless.formula)) decision.note = "wherever the formula does not divide by zero";
        decision.random =
            random_evidence({{name(rootless.target), rootless.formula}}, request_for(rootless, setting), {3, 8, 13}, 2);
        if (!decision.random.holds.front())
            throw Error(Fault::internal, "derivation", "", "a formula that was proven is wrong at a random point");
        return decision;
    }
    if (outcome.undefined) {
        decision.note = "at m = " + std::to_string(outcome.m) + " it divides by zero for all data";
        ProofRequest larger = request_for(rootless, setting);
        larger.from_m = outcome.m + 1;
        if (prove({{name(rootless.target), rootless.formula}}, larger).holds()) {
            decision.note += "; for larger m it is equal to " + rootless.target;
            decision.verdict = Verdict::refuted;
            return decision;
        }
        if (std::optional<Counterexample> example = any_small(decision.claim, setting, outcome.m + 1))
            return refuted(decision, *example, setting);
        decision.verdict = Verdict::refuted;
        return decision;
    }
    if (std::optional<Counterexample> example = small_counterexample(decision.claim, setting, outcome.m))
        return refuted(decision, *example, setting);
    if (std::optional<Counterexample> example = counterexample_at(rootless, setting, outcome.at))
        return refuted(decision, *example, setting);
    if (std::optional<Counterexample> example = any_small(decision.claim, setting, outcome.m + 1))
        return refuted(decision, *example, setting);
    if (std::optional<Counterexample> example = decimal_counterexample(decision.claim, setting))
        return refuted(decision, *example, setting);
    decision.verdict = Verdict::refuted;
    decision.note = "it divides by zero wherever its value was looked for";
    return decision;
}

}  // namespace

Decision decide(const Claim& claim, Setting setting) {
    Decision decision;
    decision.claim = claim;
    const Extents known = extents(setting, claim.second ? Seed::all : Seed::none);
    try {
        extent_of(with_whole_powers(claim.formula), known);  // what has a huge degree is not evaluated at all
    } catch (const Error& error) {
        if (!is_about(error, "unprovable")) throw;
    }
    const std::optional<Expression> formula = without_roots(claim.formula, setting, claim.second);
    std::optional<Error> too_large;
    if (formula) {
        Claim rootless = claim;
        rootless.formula = *formula;
        try {
            return of_proof(decision, rootless, prove({{name(claim.target), *formula}}, request_for(claim, setting)), setting);
        } catch (const Error& error) {
            if (is_about(error, "unprovable"))
                decision.note = error.message();
            else if (is_about(error, "too-large"))
                too_large = error;
            else
                throw;
        }
    } else {
        decision.note =
            "it has a root of something that is no multiple of q by the square of a number, about which exact arithmetic "
            "cannot decide";
    }
    std::optional<Counterexample> example = any_small(claim, setting, 1);
    if (!example && too_large) throw *too_large;
    if (!example) example = decimal_counterexample(claim, setting);
    if (example) {
        decision.note.clear();
        return refuted(decision, *example, setting);
    }
    decision.note +=
        DecimalChannels(setting, claim.second).agree(claim.formula, name(claim.target))
            ? "; no counterexample was found, and it agrees with " + claim.target + " to 70 digits at random channels"
            : "; it has no value at random channels that could be compared";
    return decision;
}

}  // namespace bncheck::derivation
