#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bncheck/diagnose/staged_channel.hpp"

namespace bncheck::diagnose {

enum class BugKind { forward, statistics, running, inference, backward, layout, precision, tail, block, share };
inline constexpr std::size_t bug_kinds = 10;
std::string_view name_of(BugKind kind);  ///< "vectorised tails"

/// A mistake that people make, as one edit of one stage of our own kernel; everything else stays right.
struct PlantedBug {
    std::string name;
    BugKind kind;
    std::string wrong;  ///< what is wrong, one sentence
    Stage stage;
    std::function<void(StagedChannel&)> edit;
};

/// All of them, kind by kind.
std::span<const PlantedBug> planted_bugs();

// The catalogue, one source a kind.
std::vector<PlantedBug> forward_bugs();
std::vector<PlantedBug> statistics_bugs();
std::vector<PlantedBug> running_bugs();
std::vector<PlantedBug> inference_bugs();
std::vector<PlantedBug> backward_bugs();
std::vector<PlantedBug> layout_bugs();
std::vector<PlantedBug> precision_bugs();
std::vector<PlantedBug> tail_bugs();
std::vector<PlantedBug> block_bugs();
std::vector<PlantedBug> share_bugs();

}  // namespace bncheck::diagnose
