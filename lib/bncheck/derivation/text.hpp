#pragma once

#include <string>
#include <vector>

#include "bncheck/derivation/check.hpp"

namespace bncheck::derivation {

/// No line of the text has more code points than this.
inline constexpr std::size_t text_width = 100;

/// The derivation in Unicode text (UTF-8): its parts, the steps numbered in them, and under each the outcome of its check;
/// a step whose check failed is marked NOT EQUAL. `checks` are those of the same statements.
std::string text(const std::vector<Statement>& statements, const Checks& checks);

}  // namespace bncheck::derivation
