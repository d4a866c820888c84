#pragma once

// Text in lines of limited width, measured in code points.

#include <cstddef>
#include <string>
#include <vector>

namespace bncheck::derivation {

std::size_t code_points(const std::string& utf8);

/// Code points that take a place of their own: all but combining ones.
std::size_t places(const std::string& utf8);

/// Without spaces that are not to be broken (U+00A0): with plain ones.
std::string with_plain_spaces(std::string text);

/// Words, which are separated by spaces, in lines of at most `width` code points. Words that are longer are broken as code;
/// their parts are not. Lines after the first are indented. Spaces that are not to be broken (U+00A0) become plain ones.
std::vector<std::string> filled(const std::string& words, std::size_t width, std::size_t indent = 0);

/// A word of code in the parts between which it may be broken: "save_", "var_", "transform(", "var_", "sum/", "n)".
std::vector<std::string> parts_of_code(const std::string& word);

/// Widths of the columns of a table, `gap` apart, which together are at most `total`: what the longest part of code in each
/// column needs; where there is room, what its longest word needs; and then its longest cell.
std::vector<std::size_t> column_widths(const std::vector<std::vector<std::string>>& rows, std::size_t total, std::size_t gap);

}  // namespace bncheck::derivation
