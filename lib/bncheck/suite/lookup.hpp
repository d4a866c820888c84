#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bncheck/suite/value.hpp"

namespace bncheck::suite {

/// Where a case's keys come from: one choice of its matrix, then the case itself, then the file's defaults.
struct Lookup {
    Value source;  ///< the case
    std::optional<Value> defaults;
    std::vector<std::pair<std::string, Value>> chosen;  ///< by the matrix

    std::optional<Value> find(const std::string& key) const;
};

/// All choices of a case's matrix in order, the last key varying fastest; the case alone where it has none.
std::vector<Lookup> expand_matrix(const Value& source, const std::optional<Value>& defaults);

/// The name of a case with {key} replaced by what the matrix chose: numbers as JSON writes them, arrays joined by x.
std::string expanded_name(const Lookup& lookup);

/// Keys that a case may have, and the ones that defaults and a matrix may.
const std::vector<std::string>& case_keys();
const std::vector<std::string>& default_keys();
const std::vector<std::string>& matrix_keys();

}  // namespace bncheck::suite
