#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>

#include "bncheck/judge/verdict.hpp"

namespace bncheck::judge {

/// One entry of a Jacobian, or of a product with it, analytic beside numeric.
struct Entry {
    std::size_t channel = 0, i = 0;  ///< of the output or gradient
    std::size_t with = 0;            ///< by which value of x, or along which direction
    double analytic = 0, numeric = 0;
    double error = 0;      ///< |numeric - analytic|
    double estimated = 0;  ///< error of the numeric value
    double allowed = 0;    ///< what the error is held against
};

/// What is found of one derivative by one method; merged in the order of channels.
struct EntryFindings {
    std::size_t entries = 0, failed = 0, inconclusive = 0;
    std::size_t evaluations = 0;  ///< of the candidate, one channel each
    double seconds = 0;           ///< of all threads together
    double ratio = 0;             ///< the largest error / allowed
    double max_abs = 0;
    std::optional<Entry> worst;  ///< of that ratio; a failed one before one that did not

    Verdict verdict() const {
        return failed ? Verdict::fail : inconclusive || !entries ? Verdict::inconclusive : Verdict::pass;
    }
    /// Adds an entry that is held against `estimated`, what is known of the numeric value's error, and against `most`, beyond
    /// which no noise that may be there explains it (infinite: it cannot fail). It is decided where `estimated` is less than
    /// `terms`. Where those are below 2^-960, but for exact zeros, double itself underflows in what leads to the entry: it
    /// cannot fail either.
    void add(Entry entry, double terms, double most) {
        const bool agrees = entry.error <= entry.estimated && (entry.estimated < terms || entry.error == 0);
        const bool can_fail = most < std::numeric_limits<double>::infinity() && (terms == 0 || terms >= 0x1p-960);
        const bool fails = can_fail && !(entry.error <= std::max(most, entry.estimated));
        ++entries;
        failed += fails;
        inconclusive += !fails && !agrees;
        if (entry.error > max_abs) max_abs = entry.error;
        entry.allowed = fails ? std::max(most, entry.estimated) : entry.estimated;
        if (fails || agrees || failed + inconclusive == 1) consider(entry, fails);
    }
    /// Counts an entry as the worst where it is; `failed_` entries outrank the others.
    void consider(const Entry& entry, bool entry_failed) {
        const double its = entry.error == 0 ? 0 : entry.error / entry.allowed;
        if (!worst || (entry_failed && !worst_failed_) || (entry_failed == worst_failed_ && its > ratio)) {
            worst = entry;
            worst_failed_ = entry_failed;
            ratio = its;
        }
    }
    void merge(const EntryFindings& other) {
        entries += other.entries;
        failed += other.failed;
        inconclusive += other.inconclusive;
        evaluations += other.evaluations;
        seconds += other.seconds;
        max_abs = max_abs < other.max_abs ? other.max_abs : max_abs;
        if (other.worst) consider(*other.worst, other.worst_failed_);
    }

private:
    bool worst_failed_ = false;
};

}  // namespace bncheck::judge
