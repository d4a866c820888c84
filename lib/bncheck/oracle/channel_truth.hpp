#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "bncheck/core/dtype.hpp"
#include "bncheck/oracle/level.hpp"

namespace bncheck::oracle {

/// The truth of one channel: each level is built when it is first asked for. The view must outlive it.
class ChannelTruth {
public:
    /// Begins at level `from`, or the first above it that applies.
    ChannelTruth(const ChannelView& view, Dtype dtype, LevelName from = LevelName::float64);

    const ChannelFacts& facts() const { return facts_; }
    LevelName first() const { return first_; }  ///< the lowest level that applies
    /// An output by its tensor's name (element i of y and dx); at a level that applies, or the next that does.
    Enclosure at(std::string_view tensor, std::size_t i, LevelName level);

private:
    Level& level(LevelName name);

    const ChannelView& view_;
    ChannelFacts facts_;
    LevelName first_;
    std::array<std::unique_ptr<Level>, levels> levels_;
};

}  // namespace bncheck::oracle
