#pragma once

#include <optional>
#include <string>

#include "bncheck/judge/entry_findings.hpp"
#include "bncheck/oracle/channel.hpp"

namespace bncheck::gradient {

using judge::Entry;
using judge::EntryFindings;

/// How the derivatives of L = sum dy_i y_i of the definition (bn/definition.hpp) compare, taken in three ways in one reference
/// arithmetic, on the first `values` values of a channel: by its closed-form backward, by dual numbers (exact but for
/// rounding), and by central differences of order 8 with Ridders' error estimate (gradient/richardson.hpp).
struct DefinitionCheck {
    std::string arithmetic;  ///< "double-double", "256 bits"
    std::size_t values = 0, coordinates = 0;
    /// Of dx, dgamma, dbeta: closed form beside differences; fails where they disagree by more than the estimated error.
    EntryFindings dx, dgamma, dbeta;
    /// Decimal digits to which differences and dual numbers, and closed form and dual numbers, agree at least, relative to the
    /// terms that the derivative is made of.
    double digits = 0, dual_digits = 0;
    bool holds() const { return !dx.failed && !dgamma.failed && !dbeta.failed; }
};

/// In double-double arithmetic on up to 256 values and 4 coordinates of x, and in 256 bits on up to 32 and 2. Nothing where the
/// forward of those values has no derivative. `channel.dy` must be there.
std::optional<DefinitionCheck> check_in_double_double(const oracle::ChannelView& channel);
std::optional<DefinitionCheck> check_in_256_bits(const oracle::ChannelView& channel);

/// The same of the double backward (bn/double_backward.hpp) and L = <ddx, dx> + ddgamma dgamma + ddbeta dbeta, in 256 bits: of
/// gx in place of dx, ggamma in place of dgamma, gdy in place of dbeta.
struct SecondSeeds {
    Values ddx;
    double ddgamma, ddbeta;
};
std::optional<DefinitionCheck> check_second_order(const oracle::ChannelView& channel, const SecondSeeds& seeds);

/// What of the case a check looked at, and how well it agrees, for reports.
std::string sample_text(const DefinitionCheck& check, std::size_t channel);

}  // namespace bncheck::gradient
