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

}  // namespace bncheck::derivation
