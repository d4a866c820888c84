#include "bncheck/derivation/walk/walk_programs.hpp"

#include <algorithm>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/proof/graph.hpp"
#include "bncheck/derivation/steps/arrangements.hpp"
#include "bncheck/derivation/steps/steps.hpp"

namespace bncheck::derivation {
namespace {

Statement statement(const std::string& target, const std::string& formula) { return {target, parse_expression(formula)}; }

/// What a step of the derivation states first.
Statement stated_by(const std::string& id) {
    for (const Section& section : derivation_sections())
        for (const Step& step : section.steps)
            if (step.id == id) {
                const Equation equation = parse_equation(step.states[0]);
                return {to_source(equation.left), equation.right};
            }
    throw Error(Fault::internal, "derivation", id, "there is no such step");
}

WalkProgram forward(bool training) {
    WalkProgram program{"forward", "Forward", "", {}};
    for (const NodeDefinition& node : forward_graph) {
        const std::string name = node.node;
        if (training || (name != "mu" && name != "v")) program.statements.push_back(statement(name, node.formula));
    }
    return program;
}

WalkProgram staged(bool training) {
    WalkProgram program{"staged", "Staged backward: the chain rule, node by node", "", {}};
    if (!training) {
        program.statements = {stated_by("inference.dbeta"), stated_by("inference.dgamma"), stated_by("chain.dxhat"),
                              statement("dx", "dxhat*r")};
        return program;
    }
    for (const char* id : {"dbeta", "dgamma", "dxhat", "dr", "dq", "dv", "dd", "dmu", "dx"})
        program.statements.push_back(stated_by(std::string("chain.") + id));
    return program;
}

WalkProgram closed(bool training) {
    const std::string section = training ? "chain" : "inference";
    return {"closed",
            "Closed form",
            "",
            {stated_by(section + ".dbeta"), stated_by(section + ".dgamma"),
             stated_by(training ? "closed.factor" : "inference.dx")}};
}

}  // namespace

std::vector<WalkProgram> walk_programs(bool training) {
    std::vector<WalkProgram> programs = {forward(training), staged(training), closed(training)};
    if (!training) return programs;
    for (const Arrangement& arrangement : arrangements()) {
        programs.push_back({arrangement.id, arrangement.title, arrangement.source, parse_program(arrangement.program)});
        std::vector<Statement>& statements = programs.back().statements;  // of which none takes dx
        std::stable_partition(statements.begin(), statements.end(), [](const Statement& s) { return s.target != "dx"; });
    }
    return programs;
}

Expression in_terms_of(const std::vector<Statement>& statements, const Expression& formula) {
    Node changed = *formula;
    bool same = true;
    for (Expression& child : changed.children) {
        const Expression restated = in_terms_of(statements, child);
        same = same && restated == child;
        child = restated;
    }
    const Expression restated = same ? formula : std::make_shared<const Node>(std::move(changed));
    const std::string source = to_source(restated);
    for (const Statement& statement : statements)
        if (restated->kind != Node::Kind::name && to_source(statement.value) == source) return name(statement.target);
    return restated;
}

}  // namespace bncheck::derivation
