#include "bncheck/derivation/steps.hpp"

namespace bncheck::derivation {

std::vector<Statement> statements() {
    std::vector<Statement> all;
    for (const Step<double>& step : steps<double>()) all.push_back(step.statement);
    return all;
}

std::string_view heading_of(Part part) {
    switch (part) {
        case Part::graph:
            return "The graph, node by node, with the local derivatives";
        case Part::chain_rule:
            return "The chain rule, stage by stage, from y back to x";
        case Part::closed_form:
            return "From the stages to the closed form";
        case Part::inference:
            return "Inference: μ and v are given, hence constants";
    }
    return "";
}

}  // namespace bncheck::derivation
