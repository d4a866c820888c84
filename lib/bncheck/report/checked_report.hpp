#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// A report from its text, for renderers, which rely on no more than this: it is what its published schema says (patterns of
/// strings aside), nests no deeper than a report does, and its summary counts its cases. Throws Error{usage} with the name and
/// the JSON pointer of a place where it is not so.
Json read_checked_report(const std::string& name, const std::string& text);

}  // namespace bncheck::report
