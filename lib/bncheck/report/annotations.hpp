#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// The worst failures of a report, at most ten, which is what GitHub shows of a step, as workflow commands that make
/// annotations
/// (::error title=...::...), a line each; then a ::notice with the number of the others. "" where nothing failed.
std::string github_annotations(const Json& report);

}  // namespace bncheck::report
