#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// The matrix of cases by tensors, with what filters it: a section of the page.
std::string html_matrix(const Json& cases);

}  // namespace bncheck::report
