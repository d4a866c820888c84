#pragma once

#include <functional>
#include <optional>
#include <string>

#include "bncheck/run/shard.hpp"

namespace bncheck::run {

/// What engines that start a command many times tell it, in variables of its environment.
struct EnvironmentShard {
    Shard shard;
    std::string engine;       ///< who says so
    std::string status_file;  ///< to be touched, for the engine to know that the command shards itself; "": none
};

/// The value of a variable; none where it is not set.
using Variable = std::function<std::optional<std::string>(const std::string& name)>;

/// The shard that the environment gives. Among launchers of ranks, and among test runners, the innermost counts; one shard of
/// one says nothing, where another engine says more. Throws Error{usage} with the variable where there is none, where a value
/// is no such number, where one of a pair is missing, and where two engines shard at once.
EnvironmentShard shard_from(const Variable& variable);

}  // namespace bncheck::run
