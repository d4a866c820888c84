#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// A report as a page that needs nothing else: no network, and no script to be read. The matrix has all cases; of what follows
/// it, checks, worst elements and figures, each case gets as much as fits under `most_bytes`: what did not pass gets the half
/// of the room before the others, the worst of it first. Where something is left out the page says so. A page of more than some
/// 7,000 cases is larger.
std::string html(const Json& report, std::size_t most_bytes = 2'900'000);

std::string_view page_css();  ///< its style
std::string_view page_js();   ///< its script

}  // namespace bncheck::report
