#pragma once

// The derivation of the closed-form backward (design section 3) as data: from the graph of the forward by the chain rule
// and algebra to dx = gamma r (dy - dbeta/m - xhat dgamma/m), and the backward of inference.

#include <string_view>
#include <vector>

#include "bncheck/derivation/chain_rule.hpp"
#include "bncheck/derivation/closed_form.hpp"
#include "bncheck/derivation/graph.hpp"
#include "bncheck/derivation/inference.hpp"

namespace bncheck::derivation {

/// All steps in order, to be evaluated with numbers of type T.
template <class T>
std::vector<Step<T>> steps() {
    std::vector<Step<T>> all;
    for (const std::vector<Step<T>>& part :
         {graph_steps<T>(), chain_rule_steps<T>(), closed_form_steps<T>(), inference_steps<T>()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

/// What the steps state, in the same order.
std::vector<Statement> statements();

std::string_view heading_of(Part part);

}  // namespace bncheck::derivation
