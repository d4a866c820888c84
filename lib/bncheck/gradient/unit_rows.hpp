#pragma once

#include <optional>
#include <vector>

#include "bncheck/judge/bounds.hpp"
#include "bncheck/judge/entry_findings.hpp"
#include "bncheck/judge/verdict.hpp"

namespace bncheck::gradient {

using judge::Entry;
using judge::EntryFindings;

/// A candidate's backward for dy = e_j, row j of the Jacobian of y beside that of the definition, entry by entry:
///
///     dx_i = gamma r (delta_ij - 1/m - xhat_i xhat_j / m)    dgamma = xhat_j    dbeta = 1
///
/// (gamma r delta_ij in inference), under the derived bounds of the required class for that dy. Entries are screened in double,
/// with a radius; those that it leaves open are decided in quadruple precision from the oracle's xhat and r.
class UnitRows {
public:
    /// The view (its dy is not looked at) must outlive it. The forward must have a derivative: 0 < q < infinity.
    UnitRows(const oracle::ChannelView& view, Dtype dtype, AccuracyClass required, bool flushes);

    struct Row {
        Values dx;
        std::optional<double> dgamma, dbeta;  ///< where provided
    };
    struct Findings {
        EntryFindings dx, dgamma, dbeta;
    };
    void judge(std::size_t channel, std::size_t j, const Row& row, Findings& findings) const;

private:
    void judge_dx(std::size_t channel, std::size_t j, const Values& got, const judge::ChannelBounds& bounds,
                  EntryFindings& findings) const;
    oracle::Enclosure entry(std::size_t i, std::size_t j) const;
    void settle(const Entry& about, double got, const oracle::Enclosure& want, double bound, Dtype stored,
                EntryFindings& findings) const;

    const oracle::ChannelView& view_;
    Dtype dtype_;
    std::size_t required_;
    bool flushes_;
    oracle::ChannelFacts facts_;
    std::vector<double> xhat_;
    std::vector<oracle::Enclosure> exact_xhat_;
    oracle::Enclosure exact_r_;
    bool screens_;  ///< nothing over- or underflows in double
};

}  // namespace bncheck::gradient
