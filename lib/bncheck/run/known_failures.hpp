#pragma once

#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "bncheck/report/known_failure_tally.hpp"
#include "bncheck/report/model.hpp"
#include "bncheck/suite/suite.hpp"

namespace bncheck::run {

/// A failure that is known: in which cases, of which tensor, how far off, and why.
struct KnownFailure {
    std::string suite;    ///< of all cases that it is about
    std::string pattern;  ///< of the whole id, as written
    std::regex cases;
    std::string tensor;
    std::string check;  ///< the one that it is about; "": any
    double number = 0;  ///< error / bound, the largest that was seen; may be infinite
    std::string reason, seen, link;
    std::string place;  ///< file and JSON pointer
};

/// The known failures of a candidate, and what became of them in a run. A failing check that an entry is about becomes an
/// xfail, unless its error has grown to more than twice the entry's number, or is finite where that is not: then it is another
/// failure. A case of an entry in which the tensor is judged and nothing of it fails is an xpass.
class KnownFailures {
public:
    KnownFailures() = default;

    /// {"known_failures": [{"case": PATTERN, "tensor": NAME, "number": N, "reason": TEXT, "check": NAME, "link": URL}, ...]};
    /// the last two may be left out. PATTERN is a regular expression of whole ids; the suite's name stands in it as it is.
    /// Throws Error{usage} with the place for what is wrong, and for an entry that is about all of a suite's several cases.
    static KnownFailures read(const std::string& file, const std::string& text, const std::vector<suite::Suite>& suites);

    /// Marks what is known of a case that was run, and gives it its verdict anew. `complete`: no check was left out on the
    /// command line; else a tensor that passes may fail in a check that was. `position` of the case in the run (of all shards).
    void apply(report::CaseReport& report, bool complete, std::size_t position);

    /// What became of each entry.
    std::vector<report::KnownFailureTally> tallies() const;

    const std::string& file() const { return file_; }

private:
    struct Entry {
        KnownFailure known;
        report::KnownFailureTally tally;
    };
    std::string file_;
    std::vector<Entry> entries_;
};

/// JSON schema (draft-07) of files of known failures.
std::string_view known_failures_schema();

}  // namespace bncheck::run
