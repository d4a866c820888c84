#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// How much a page tells of a case.
enum class Detail {
    absent,  ///< nothing: it is in the matrix alone
    none,    ///< how to run it again
    brief,   ///< and every check in numbers of four digits, the worst elements of what did not pass
    exact,   ///< all numbers, exact ones behind those shown, and the worst elements
    plots,   ///< and figures
};

/// Settings that a case in brief does not name.
inline constexpr const char* usual_settings = "convention pytorch, eps 1e-5, momentum 0.1, seed 0";

/// The case as an element <details>.
std::string html_case(const Json& c, std::size_t number, Detail detail);

/// The class of the page's style that a cell of this verdict has.
const char* verdict_letter(const std::string& verdict);

/// A text as it is, anything else as JSON, null as nothing; and that of a key, which need not be there.
std::string words(const Json& value);
std::string words_of(const Json& object, const char* key);

/// Four significant digits; where they are not all, `exact` has them in an element <data> with the exact value.
std::string html_number(const Json& value, bool exact);

}  // namespace bncheck::report
