#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// A report as a page that needs nothing else: no network, and no script to be read. Of the matrix,
/// checks, worst elements and figures the cases get as much as fits under `most_bytes`, the worst first (HtmlCases). Where
/// something is left out the page says so.
std::string html(const Json& report, std::size_t most_bytes = 2'900'000);

std::string_view page_css();  ///< its style
std::string_view page_js();   ///< its script

}  // namespace bncheck::report
