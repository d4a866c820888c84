#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// A report from its text, whoever wrote that. Throws Error{usage} with the name and the JSON pointer where it is no JSON, no
/// report of a format that is known, or where something that joining and comparing reports reads is missing or of another type.
Json read_report(const std::string& name, const std::string& text);

}  // namespace bncheck::report
