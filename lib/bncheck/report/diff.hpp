#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// How bad a verdict is, as `diff` orders them: 0 pass and xpass (of a known failure), 1 inconclusive, 2 skipped, 3 xfail, 4
/// fail, 5 error. Worse is what tells less of the candidate, or worse of it.
int badness(const std::string& verdict);

/// Of a check in two reports; what one of them has not is empty.
struct Figures {
    std::string verdict;
    std::optional<double> digits, max_ulp, utilisation;  ///< NaN stands as 0 digits, and as infinity
};

/// A case, or a check of one, that is not the same in two reports.
struct Change {
    enum class Kind { worse, better, appeared, vanished, incomparable };
    Kind kind;
    std::string id, check, tensor, which;  ///< `which`: property or method; `check` is empty of the case itself
    Figures before, after;
    std::string reason;      ///< of `incomparable`: what of the case differs
    bool fails = false;      ///< the verdict is worse, or too many digits are lost
    int verdict_change = 0;  ///< of badness, positive where worse
    double digits_lost = 0;  ///< positive where worse
    double growth = 0;       ///< log2 of the quotient of the utilisations, positive where worse
};

struct Differences {
    std::vector<Change> changes;  ///< by kind, and in each the worst (of `better`: the best) first
    std::size_t alike = 0;        ///< checks that both reports have, without a change
    bool worse = false;           ///< some change fails
};

/// Compares case by case and check by check. A case is compared where both reports have it with the same inputs and settings;
/// a check is told by its name, tensor and property or method. Better and worse go by verdict, then digits, then utilisation,
/// then ulp. A worse verdict fails, and with `digits_tolerance` (decimal digits, at least 0) a check whose correct digits fall
/// by more than that. A case that appeared, or that has other settings and was better
/// before, fails where its verdict is fail, error or xpass; what vanished fails nothing. Throws Error{usage} where no case can
/// be compared.
Differences diff(const Json& before, const Json& after, std::optional<double> digits_tolerance);

/// The changes in lines, at most `longest` of each kind, and a closing line.
std::string text_of(const Differences& differences, std::size_t longest);

Json to_json(const Differences& differences);

}  // namespace bncheck::report
