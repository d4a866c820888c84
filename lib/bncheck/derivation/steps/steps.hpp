#pragma once

// The derivation as data (design section 3): from the graph of the forward by the chain rule and algebra to
// dx = gamma r (dy - dbeta/m - xhat dgamma/m), then inference, running statistics and the double backward.

#include <string>
#include <vector>

#include "bncheck/derivation/proof/setting.hpp"

namespace bncheck::derivation {

struct Step {
    std::string id;                   ///< stable: "chain.dr"
    std::vector<std::string> states;  ///< equations, as formula.hpp reads them; the first one is the step's main statement
    std::string reason;               ///< prose with formulas between backquotes
    /// What the definition computes ("staged.dx", "closed.dx"), to be proven equal to the quantity after the dot.
    std::vector<std::string> computed = {};
};

struct Section {
    std::string id, title;
    Setting setting = Setting::training;
    bool second = false;     ///< speaks of the double backward
    bool running = false;    ///< speaks of the running statistics
    std::size_t from_m = 1;  ///< its steps are about channels of at least so many values
    std::string introduction;
    std::vector<Step> steps;
};

/// All sections in order.
std::vector<Section> derivation_sections();

/// Those of the double backward.
std::vector<Section> double_backward_sections();

}  // namespace bncheck::derivation
