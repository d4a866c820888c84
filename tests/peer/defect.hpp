#pragma once

#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace bncheck::peer {

/// A defect of an implementation: the cases that it fails, in which of the tensors, and what it is, with a number.
struct Defect {
    std::regex cases;
    std::set<std::string> tensors;
    std::string sentence;
};

/// Holds a report against all defects that are known, one line for each disagreement: a failure that none of them explains
/// (the tool accuses), a case that is explained and passes, or a tensor that fails in none of its cases (the tool is blind, or
/// the defect is gone), a case that could not be run.
std::vector<std::string> disagreements(const nlohmann::ordered_json& report, const std::vector<Defect>& defects);

}  // namespace bncheck::peer
