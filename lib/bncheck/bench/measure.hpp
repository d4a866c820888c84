#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bncheck/core/shape.hpp"
#include "bncheck/report/model.hpp"
#include "bncheck/run/run_case.hpp"
#include "bncheck/suite/case.hpp"

// What the benchmarks measure with: cases of builtin:fast, put through run::run_case as `run` does it.
namespace bncheck::bench {

/// Told the name of what is measured next.
using Progress = std::function<void(const std::string&)>;

/// Median, smallest and largest of the runs.
struct Spread {
    double median = 0, least = 0, most = 0;
};
Spread spread_of(std::vector<double> values);

/// Wall clock of one call.
double seconds_of(const std::function<void()>& work);

/// The largest resident memory of the process so far, in bytes.
double peak_bytes();

/// A case from flags with ordinary data, and these checks alone.
suite::Case case_of(const Shape& shape, Dtype dtype, std::set<suite::Check> checks);

/// Puts the case to builtin:fast. Throws Error{internal} where that does not pass: then there is nothing to measure.
report::CaseReport pass_case(const suite::Case& c, const run::CaseOptions& options);

/// The power p of the curve cost = a size^p nearest to the points: least squares of log cost over log size. Of at least two
/// points of different sizes; both are positive.
double fitted_exponent(std::span<const double> sizes, std::span<const double> costs);

}  // namespace bncheck::bench
