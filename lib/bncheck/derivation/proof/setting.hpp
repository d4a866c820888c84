#pragma once

// What quantities there are in a setting, and how large they are as polynomials.

#include <string>
#include <vector>

#include "bncheck/derivation/proof/extent.hpp"
#include "bncheck/derivation/proof/point.hpp"

namespace bncheck::derivation {

/// Which of (ddx, ddgamma, ddbeta) are not zero. What is linear in the three, as the double backward is, holds if it does with
/// each of them alone; `all` is for the rest.
enum class Seed { none, ddx, ddgamma, ddbeta, all };

/// The sizes of every quantity of a setting, the other seeds being zero. Those of derivatives come from the rule of dual
/// numbers, r' = -r^3 q'/2, and those of what the definition computes from its own operations: none from a step of the
/// derivation.
Extents extents(Setting setting, Seed seed);

/// The quantities that users may write in formulas, each with what it is.
struct NamedQuantity {
    std::string name, meaning;
    bool indexed;
};
std::vector<NamedQuantity> named_quantities(Setting setting);

/// Whether a formula has the adjoint of an inner node, or a local derivative, in it: quantities that are more costly to
/// compute.
bool speaks_of_nodes(const Expression& formula);

/// How q's degrees enter those of q^(K/2), for extent.hpp: 1 in training, 0 in inference.
constexpr int root_degree(Setting setting) { return setting == Setting::inference ? 0 : 1; }

std::string setting_name(Setting setting);

}  // namespace bncheck::derivation
