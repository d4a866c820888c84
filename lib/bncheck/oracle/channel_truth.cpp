#include "bncheck/oracle/channel_truth.hpp"

#include "bncheck/oracle/facts.hpp"

namespace bncheck::oracle {
namespace {

LevelName next(LevelName name) { return static_cast<LevelName>(static_cast<std::size_t>(name) + 1); }

}  // namespace

ChannelTruth::ChannelTruth(const ChannelView& view, Dtype dtype, LevelName from)
    : view_(view), facts_(facts_of(view, dtype)), first_(from) {
    while (!level(first_).applies()) first_ = next(first_);
}

Level& ChannelTruth::level(LevelName name) {
    std::unique_ptr<Level>& level = levels_[static_cast<std::size_t>(name)];
    if (!level) level = make_level(name, view_, facts_);
    return *level;
}

Enclosure ChannelTruth::at(std::string_view tensor, std::size_t i, LevelName name) {
    while (!level(name).applies()) name = next(name);
    return level(name).at(tensor, i);
}

}  // namespace bncheck::oracle
