#pragma once

// The forward as a graph, and L of the double backward, as formulas of the nodes before them: what local derivatives are taken
// of.

namespace bncheck::derivation {

struct NodeDefinition {
    const char *node, *formula;
};

/// The nodes in order.
inline constexpr NodeDefinition forward_graph[] = {
    {"mu", "sum(x)/m"}, {"d", "x - mu"}, {"v", "sum(d^2)/m"},        {"q", "v + eps"},
    {"r", "q^(-1/2)"},  {"xhat", "d*r"}, {"y", "gamma*xhat + beta"},
};

/// Of inference.
inline constexpr NodeDefinition inference_graph[] = {{"y", "gamma*(x - mu)*r + beta"}};

/// L = <ddx, dx> + ddgamma dgamma + ddbeta dbeta as a function of xhat and r, which is how it depends on x.
inline constexpr NodeDefinition second_graph[] = {
    {"L", "gamma*r*(sum(ddx*dy) - sum(ddx)*sum(dy)/m - sum(ddx*xhat)*sum(dy*xhat)/m) + ddgamma*sum(dy*xhat) + ddbeta*sum(dy)"},
};

}  // namespace bncheck::derivation
