#pragma once

#include <string>
#include <vector>

#include "bncheck/suite/suite.hpp"

namespace bncheck::tool {

/// The cases that an argument names, by suite: a case file, a folder, a built-in suite or `all`; one of their cases as
/// FILE:NAME, NAME being the name or id; or SUITE/NAME of a built-in suite. `option` is where it stands, for messages. Throws
/// Error{usage} for what cannot be loaded and for a case that is not there.
std::vector<suite::Suite> named_cases(const std::string& argument, const std::string& option);

/// Suites as suite::load_suites() takes them, and single cases of built-in ones as SUITE/NAME.
std::vector<suite::Suite> suites_and_cases(const std::vector<std::string>& arguments);

}  // namespace bncheck::tool
