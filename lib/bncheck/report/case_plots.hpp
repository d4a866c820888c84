#pragma once

#include <string>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// The figures of a case: utilisation by tensor, ulps, error by magnitude, channels, and the curves of Taylor tests; those that
/// its checks have data for.
std::string case_plots(const Json& c);

/// Correct digits by kappa of the cases, one figure; a point leads to "#" and the id that `target` gives. Empty where fewer
/// than two cases have both.
std::string conditioning_plot(const std::string& title, const Json& cases, const std::vector<std::size_t>& chosen);

/// The element of a page that shows case number k.
std::string case_anchor(std::size_t k);

/// The fewest correct digits of the case's tensors, and the largest utilisation; nothing where no check has them.
std::optional<double> fewest_digits(const Json& c);
std::optional<double> largest_utilisation(const Json& c);

}  // namespace bncheck::report
