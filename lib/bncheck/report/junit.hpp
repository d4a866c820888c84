#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// A report as JUnit XML, which Jenkins and GitLab read: a testsuite a suite, a testcase a case. fail and xpass are a
/// <failure>, with the numbers of each tensor as the report has them, error is an <error>; skipped, xfail and inconclusive are
/// <skipped>, the last a <failure> where --strict was given. Known failures that nothing came of are failures of a suite of
/// their own. No two testcases have the same classname and name. Times and hosts are those of `environment`, and left out where
/// it has none. Characters that XML 1.0 cannot hold become U+FFFD.
std::string junit_xml(const Json& report);

}  // namespace bncheck::report
