#include "bncheck/derivation/steps/section_proof.hpp"

#include <algorithm>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/proof/roots.hpp"

namespace bncheck::derivation {
namespace {

/// Points beyond those of the proof, two each.
const std::vector<std::size_t> random_m = {3, 8, 13};
constexpr std::size_t random_points_each = 2;

/// Design section 3 proves the first order from m = 1 to 7 and the second from 1 to 11.
std::size_t least_largest_m(const Section& section) { return section.second ? 11 : 7; }

}  // namespace

bool SectionResult::holds() const {
    return std::all_of(steps.begin(), steps.end(), [](const StepResult& step) { return step.holds && step.random_holds; });
}

std::vector<Equation> equations_of(const Step& step, Setting setting) {
    std::vector<Equation> equations;
    for (const std::string& text : step.states) {
        const Equation equation = parse_equation(text);
        const std::optional<Expression> left = without_roots(equation.left, setting),
                                        right = without_roots(equation.right, setting);
        if (!left || !right) throw Error(Fault::internal, "derivation", step.id, "a root of what is not q");
        equations.push_back({*left, *right});
    }
    for (const std::string& computed : step.computed)
        equations.push_back({name(computed.substr(computed.find('.') + 1)), name(computed)});
    return equations;
}

SectionResult prove_section(const Section& section) {
    std::vector<Equation> equations;
    for (const Step& step : section.steps)
        for (const Equation& equation : equations_of(step, section.setting)) equations.push_back(equation);
    const ProofRequest request{section.setting, section.second, !section.second,
                               section.running, section.from_m, least_largest_m(section)};
    const Proof proof = prove(equations, request);
    SectionResult result{section,
                         {},
                         proof.size,
                         proof.largest_m,
                         proof.points,
                         equations.size(),
                         random_evidence(equations, request, random_m, random_points_each)};
    std::size_t next = 0;
    for (const Step& step : section.steps) {
        StepResult found{step.id};
        for (std::size_t k = 0; k < step.states.size() + step.computed.size(); ++k, ++next) {
            found.random_holds = found.random_holds && result.random.holds[next];
            if (!found.holds || proof.outcomes[next].holds) continue;
            found.holds = false;
            found.equation = k;
            found.outcome = proof.outcomes[next];
        }
        result.steps.push_back(found);
    }
    return result;
}

}  // namespace bncheck::derivation
