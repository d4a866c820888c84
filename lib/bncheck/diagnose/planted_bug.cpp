#include "bncheck/diagnose/planted_bug.hpp"

#include <array>

namespace bncheck::diagnose {

std::string_view name_of(BugKind kind) {
    static constexpr std::array<std::string_view, bug_kinds> names{
        "forward",   "statistics",       "running statistics", "inference",         "backward", "layout and indexing",
        "precision", "vectorised tails", "block boundaries",   "one thread's share"};
    return names[static_cast<std::size_t>(kind)];
}

std::span<const PlantedBug> planted_bugs() {
    static const std::vector<PlantedBug> all = [] {
        std::vector<PlantedBug> bugs;
        for (const auto& kind : {forward_bugs, statistics_bugs, running_bugs, inference_bugs, backward_bugs, layout_bugs,
                                 precision_bugs, tail_bugs, block_bugs, share_bugs})
            for (PlantedBug& bug : kind()) bugs.push_back(std::move(bug));
        return bugs;
    }();
    return all;
}

}  // namespace bncheck::diagnose
