#pragma once

#include <map>

#include "bncheck/report/assemble.hpp"
#include "bncheck/run/known_failures.hpp"

namespace bncheck::run {

/// What comes of a run's cases, one after the other.
class Results {
public:
    /// `positions`: of the cases in the run of all shards; `complete`: no check is left out on the command line.
    Results(std::optional<KnownFailures> known, std::vector<std::size_t> positions, bool complete)
        : known_(std::move(known)), positions_(std::move(positions)), complete_(complete) {}

    /// Adds the next case: applies the known failures to it. Gives it as an entry of a journal, which restores it.
    report::Json add(report::CaseReport report, Dtype dtype);
    /// False where it is no entry of the case of that id.
    bool restore(const report::Json& entry, const std::string& id);

    std::size_t size() const { return cases_.size(); }
    const report::Json& last() const { return cases_.back(); }

    /// Puts cases, times and known failures into their places.
    void move_into(report::Parts& parts);

private:
    void put(const report::Json& entry);

    std::optional<KnownFailures> known_;
    std::vector<std::size_t> positions_;
    bool complete_;
    report::Json cases_ = report::Json::array(), seconds_ = report::Json::object(), methods_ = report::Json::object();
    std::map<std::string, double> stages_;
};

}  // namespace bncheck::run
