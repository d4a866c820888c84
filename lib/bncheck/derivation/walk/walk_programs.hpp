#pragma once

#include <string>
#include <vector>

#include "bncheck/derivation/formula/formula.hpp"

namespace bncheck::derivation {

/// Statements in order, each of quantities before it.
struct WalkProgram {
    std::string id, title, source;
    std::vector<Statement> statements;
};

/// What is walked: the nodes of the forward, the chain rule stage by stage, the closed form, and in training the arrangements
/// of others, which start from the forward's quantities. Every backward ends in dx. Data are x, dy, gamma, beta, eps, m, and in
/// inference mu and v.
std::vector<WalkProgram> walk_programs(bool training);

/// The formula with what the statements compute in the place of their formulas: sum((x - mu)*dy) becomes sum(d*dy) after
/// d = x - mu. So what a statement computes anew, by the same operations, counts as an operand that is there already, and what
/// that has lost is not lost once more.
Expression in_terms_of(const std::vector<Statement>& statements, const Expression& formula);

}  // namespace bncheck::derivation
