#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bncheck/report/model.hpp"

namespace bncheck::run {

/// What a run has finished, in a file of its own, a line each, so that one that was killed can go on: line 1 says what is being
/// run, each other line is an entry. A line that was not written to its end counts as not written. The file is locked as long
/// as this exists.
class Journal {
public:
    /// Begins one; or goes on with the one that is there, where `resume` is set and there is one. `run` is everything that the
    /// results depend on. Throws Error{usage} where the file cannot be written, is in use (code "in-use"), is no journal, or is
    /// that of another run and is to be resumed.
    Journal(const std::string& path, const report::Json& run, bool resume);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// What had been finished before.
    const std::vector<report::Json>& entries() const { return entries_; }

    /// Throws Error{usage} where it cannot be written.
    void add(const report::Json& entry);

private:
    void write_line(const report::Json& line);
    std::string contents() const;
    bool read(const std::string& text, const report::Json& run);

    std::string path_;
    int file_ = -1;
    bool empty_ = true;
    std::vector<report::Json> entries_;
};

/// How many entries the journal of that name has; nothing where it is none.
std::optional<std::size_t> entries_in_journal(const std::string& path);

}  // namespace bncheck::run
