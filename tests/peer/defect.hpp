#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace bncheck::peer {

/// A defect of an implementation: which checks it fails, and why, looked into by hand.
struct Defect {
    std::string cases;    ///< regular expression of whole ids
    std::string tensors;  ///< regular expression of whole names
    std::string sentence;
};

/// What does not fit: failing checks that no defect explains, and defects that no check showed. Both must be empty: the first
/// is a wrong accusation until it is looked into, the second a tool gone blind.
std::vector<std::string> unexplained(const nlohmann::ordered_json& report, const std::vector<Defect>& defects);

}  // namespace bncheck::peer
