#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bncheck/report/known_failure_tally.hpp"
#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// What a report is put together from, as the report's keys have it.
struct Parts {
    Json bncheck, environment, candidate, options;
    Json suites;  ///< name, file, cases and note of each
    Json shard;   ///< what `merge` needs to know of a shard; null of a whole run
    Json cases;
    std::optional<std::vector<KnownFailureTally>> known_failures;
    std::string known_failures_file;
};

/// The report of design section 9: the parts and what follows from them (summary, what was not tested, unmatched known
/// failures). So it is the same whether the parts come of a run or of its shards. `due` is how many cases were to be run.
Json assemble(Parts parts, std::size_t due);

}  // namespace bncheck::report
