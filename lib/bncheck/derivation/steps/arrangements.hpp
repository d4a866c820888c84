#pragma once

// The backward as it stands in the code of others: their names, and their arrangements as formulas to be proven and evaluated.

#include <string>
#include <vector>

#include "bncheck/derivation/proof/setting.hpp"

namespace bncheck::derivation {

/// One implementation's backward of training, statement by statement in its own names, as formula.hpp reads it.
struct Arrangement {
    std::string id;  ///< "pytorch"
    std::string title;
    std::string source;   ///< where it was read
    std::string program;  ///< ends in dx, with dgamma and dbeta
};

std::vector<Arrangement> arrangements();

/// What a quantity is called in each of code_columns(); empty where it has no name there.
struct CodeName {
    std::string quantity;  ///< a formula
    std::vector<std::string> names;
};

std::vector<std::string> code_columns();
std::vector<CodeName> code_names();

}  // namespace bncheck::derivation
