#pragma once

#include <string>
#include <vector>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// What makes a run exit with other than 0: a case, or a known failure that nothing came of.
struct Failure {
    std::string verdict;          ///< error, fail, xpass, or inconclusive where --strict was given
    std::string id;               ///< of the case, or the place of the known failure
    const Json* check = nullptr;  ///< inside the report: the case's check that tells most; none where it has none
    std::string sentence;         ///< the deviation that explains it, or the reason; "" where nothing is known but the numbers
    std::string repro;            ///< "" for a known failure
};

/// The failures of a report, worst first: error, fail, xpass, inconclusive; then the larger error / bound; then in the order of
/// the report, which must outlive them.
std::vector<Failure> failures(const Json& report);

/// The numbers of the cases, those worst first: by verdict, then by the larger error / bound, then in their order.
std::vector<std::size_t> worst_first(const Json& cases);

/// Whether a case of this verdict fails the run.
bool fails(const std::string& verdict, bool strict);

/// Whether --strict was given.
bool is_strict(const Json& report);

/// The checks of a case that did not pass (skipped and xfail ones only where the case is that), worst first as above.
std::vector<const Json*> telling_checks(const Json& c);

/// The numbers of a check in a line: "y: 1.04e+04 of the bound, 0.0 digits, 2.81e+09 ulp; at [0,0,0,0] got 168.465759, want
/// 0.943000019"; its tensor alone where it has none.
std::string numbers_text(const Json& check);

/// Output and reference of a worst element, in as many digits as tell the output from its neighbours in float32 or float64.
std::string got_text(const Json& worst);
std::string want_text(const Json& worst);

/// "the output is that of biased-running-variance, to 0.5 ulp", or "".
std::string deviation_text(const Json& check);

/// Why a case is what it is, where more is known than numbers: the deviation that explains its first telling check, or that
/// check's reason, or the case's; or "".
std::string sentence_of(const Json& c);

/// The same of a known failure that nothing came of.
std::string unmatched_text(const Json& entry);

/// Suite of a case, and its name there.
std::string suite_of(const Json& c);
std::string name_within_suite(const Json& c);

}  // namespace bncheck::report
