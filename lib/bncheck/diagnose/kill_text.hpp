#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "bncheck/diagnose/kill_matrix.hpp"

namespace bncheck::diagnose {

/// The matrix for a terminal: a line a bug, a line an algorithm, and what would survive without each suite.
std::string kill_text(const KillMatrix& matrix);

/// The same as JSON.
nlohmann::ordered_json kill_json(const KillMatrix& matrix);

/// The bugs that `chosen` accepts, with what is wrong in each.
std::string catalogue_text(const std::function<bool(const std::string& name)>& chosen);

}  // namespace bncheck::diagnose
