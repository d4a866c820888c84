#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "bncheck/oracle/enclosure.hpp"
#include "bncheck/oracle/level.hpp"
#include "bncheck/oracle/second_order_error.hpp"

namespace bncheck::oracle {

/// The truth of a channel's gdy, gx and ggamma by bn/double_backward.hpp, in double-double and in MPFR arithmetic of 256 bits;
/// each level is computed when it is first asked for. Radii are those of second_order_error.hpp. Where data are not finite the
/// values are MPFR's, with no radius beside their rounding. View and facts must outlive it.
class SecondOrderTruth {
public:
    /// Begins at level `from`, or the first above it that applies.
    SecondOrderTruth(const SecondOrderView& view, const SecondOrderFacts& facts, LevelName from = LevelName::float64);

    LevelName first() const { return first_; }
    /// "gdy" or "gx" of element i, or "ggamma"; at a level that applies, or the next that does.
    Enclosure at(std::string_view tensor, std::size_t i, LevelName level);

private:
    struct Values {
        std::vector<Enclosure> gdy, gx;
        Enclosure ggamma;
    };
    Values computed(LevelName level) const;

    const SecondOrderView& view_;
    const SecondOrderFacts& facts_;
    bool finite_;
    LevelName lowest_, first_;
    std::array<std::optional<Values>, levels> values_;
};

}  // namespace bncheck::oracle
