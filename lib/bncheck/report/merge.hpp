#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

struct NamedReport {
    std::string name;  ///< for messages
    Json json;         ///< as read_report() gives it
};

/// The report of a run from those of all its shards, in any order: the same as without shards but for `environment`, which
/// lists hosts and seconds of each, and their sum. Under --fail-fast it ends, as the run would, at the first failure of all.
/// Throws Error{usage} where a shard is missing, is there twice or was stopped before its end, where a report is not of a
/// shard, and where version, candidate, options, suites or known failures differ.
Json merge(std::vector<NamedReport> reports);

}  // namespace bncheck::report
