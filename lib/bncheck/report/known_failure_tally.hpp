#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// What became of an entry of a file of known failures in a run, or in a shard of one.
struct KnownFailureTally {
    std::string pattern, tensor, place;
    std::size_t cases = 0;             ///< that it is about, in the run or not
    std::size_t run = 0;               ///< of them, without an error
    std::size_t failed = 0;            ///< of these, in the entry's tensor
    std::size_t passed = 0;            ///< of these, so that they became an xpass
    std::optional<std::size_t> first;  ///< position of the first of `run` among the cases of all shards
};

/// "known_failures" of a report. An entry is unmatched where it is about no case that there is, or where `complete` (no case
/// and no check was left out) and none of its cases fails or passes.
Json to_json(const std::string& file, const std::vector<KnownFailureTally>& tallies, bool complete);

/// A tally in a shard's report, and back.
Json to_json(const KnownFailureTally& tally);
KnownFailureTally tally_from(const Json& json);

}  // namespace bncheck::report
