#pragma once

#include <cstddef>
#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// What GitHub takes as the summary of a step: less than 1 MiB.
constexpr std::size_t step_summary_limit = (1 << 20) - 1;

/// A report as Markdown (GitHub's flavour): the verdict, a table of the verdicts by suite, and one of the failures, worst
/// first. Text of others cannot become markup in it, nor end a cell. At most `limit` bytes: what does not fit is counted ("and
/// 17 more"); "" where not even the head fits.
std::string markdown(const Json& report, std::size_t limit = step_summary_limit);

}  // namespace bncheck::report
