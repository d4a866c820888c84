#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "bncheck/derivation/walk/walk.hpp"

namespace bncheck::derivation {

/// The walk as tables of at most 100 columns, one a section, and the verdict. `heading` says what was walked.
std::string text(const Walk& walk, const std::string& heading);

/// The same as data: m, mode, working, sections of steps, arrangements, verdict. NaN and infinities are the strings "nan",
/// "inf",
/// "-inf".
nlohmann::ordered_json json(const Walk& walk);

}  // namespace bncheck::derivation
