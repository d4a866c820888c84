#pragma once

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// What plots show of a tensor, "plot" of a check: at most 26 + 64 + 12 points, of three significant digits.
///   elements    how many were looked at
///   ulp         counts of the elements by error: at most `at_most` ulp, and more than the edge before it in 0, 1/8, 1/4, ...,
///               2^20, "inf"; those edges that have any
///   channels    of each block of `each` consecutive channels, from 0 on, the largest error / bound of all elements
///   magnitudes  in the order of |want|, cut into up to 12 equal parts: in each the element that is nearest to its bound
Json plot_data(const judge::ElementSample& elements, const judge::ChannelMap& channels);

}  // namespace bncheck::report
