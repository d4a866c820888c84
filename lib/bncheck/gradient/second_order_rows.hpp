#pragma once

#include <optional>

#include "bncheck/judge/entry_findings.hpp"
#include "bncheck/judge/second_order_bounds.hpp"

namespace bncheck::gradient {

using judge::Entry;
using judge::EntryFindings;

/// A candidate's double backward for ddx = e_j, ddgamma = ddbeta = 0: row j of the Jacobian of (gdy, gx, ggamma) beside that of
/// the definition, under the derived bounds of the required class. Entries are screened in double, with a radius; those that it
/// leaves open are decided by the oracle.
struct SecondOrderRow {
    Values gdy, gx;
    std::optional<double> ggamma;  ///< where provided
};
struct SecondOrderRowFindings {
    EntryFindings gdy, gx, ggamma;
};

/// `view` has dy. The forward must have a derivative: 0 < q < infinity.
void judge_second_order_row(const oracle::ChannelView& view, Dtype dtype, AccuracyClass required, bool flushes,
                            std::size_t channel, std::size_t j, const SecondOrderRow& row, SecondOrderRowFindings& findings);

}  // namespace bncheck::gradient
