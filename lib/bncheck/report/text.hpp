#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

struct TextStyle {
    bool color = false;
    bool quiet = false;       ///< only what did not pass, and the summary
    bool verbose = false;     ///< every tensor of every case, and the times of stages
    std::size_t columns = 0;  ///< of the terminal; 0: no terminal
};

/// The worst first: what several checks or cases come to is the first of these that one of them has.
inline constexpr const char* verdicts_by_severity[] = {"error", "fail", "xpass", "inconclusive", "xfail", "pass", "skipped"};
/// The verdict's place among them.
std::size_t severity(const std::string& verdict);

// How parts of a report read.
std::string painted(const std::string& verdict, const std::string& text, bool color);  ///< in the verdict's colour
double value_of(const Json& number);                                                   ///< also "inf", "-inf", "nan"
std::string text_at(const Json& json, const char* key);                                ///< "" where nothing or null
double value_at(const Json& json, const char* key);                                    ///< NaN where nothing or null
std::size_t count_at(const Json& json, const char* key);                               ///< 0 where nothing
bool has(const Json& json, const char* key);                                           ///< other than null
std::string index_text(const Json& index);                                             ///< [0,1,2]
bool is_bad(const std::string& verdict);

/// One line of a case, from its JSON; with the details of what failed below it.
std::string case_text(const Json& c, const TextStyle& style);

/// The closing lines of a report.
std::string summary_text(const Json& report, const TextStyle& style);

}  // namespace bncheck::report
