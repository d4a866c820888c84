#include "bncheck/report/diff.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "bncheck/core/error.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

/// Name, tensor, property or method, and which of several alike.
using CheckKey = std::tuple<std::string, std::string, std::string, std::size_t>;

std::string word(const Json& check, const char* key) { return check.value(key, ""); }

std::optional<double> figure(const Json& check, const char* key, double for_nan) {
    if (!check.contains(key)) return std::nullopt;
    const double value = value_of(check[key]);
    return std::isnan(value) ? for_nan : value;
}

Figures figures_of(const Json& check) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    return {check["verdict"], figure(check, "correct_digits", 0), figure(check, "max_ulp", inf),
            figure(check, "utilisation", inf)};
}

std::map<CheckKey, Figures> checks_of(const Json& c) {
    std::map<CheckKey, Figures> checks;
    for (const Json& check : c["checks"]) {
        const std::string which = word(check, "property") + word(check, "method");
        CheckKey key{check["check"], word(check, "tensor"), which, 0};
        while (checks.count(key)) ++std::get<3>(key);
        checks.emplace(key, figures_of(check));
    }
    return checks;
}

/// Hand-set allowances by tensor.
std::map<std::string, Json> allowances(const Json& c) {
    std::map<std::string, Json> allowed;
    for (const Json& check : c["checks"])
        if (check.contains("allow")) allowed[word(check, "tensor")] = check["allow"];
    return allowed;
}

/// Which of a case's inputs and settings differs, or "".
std::string other_setting(const Json& a, const Json& b) {
    for (const char* key : {"shape", "dtype", "layout", "mode", "eps", "momentum", "convention", "seed", "affine", "running",
                            "steps", "data", "require"})
        if (a.value(key, Json(nullptr)) != b.value(key, Json(nullptr))) return key;
    return allowances(a) == allowances(b) ? "" : "allowance";
}

/// log2(after / before): 0 where neither has changed, and +-infinity from and to 0 or infinity.
double growth_of(const std::optional<double>& before, const std::optional<double>& after) {
    if (!before || !after || *before == *after) return 0;
    return std::log2(*after / *before);
}

/// `kind` is worse or better, or nothing where all is the same.
std::optional<Change::Kind> judge(Change& change, std::optional<double> digits_tolerance) {
    const Figures &a = change.before, &b = change.after;
    change.verdict_change = badness(b.verdict) - badness(a.verdict);
    // Reports give digits in hundredths: their difference is one too.
    if (a.digits && b.digits && *a.digits != *b.digits) change.digits_lost = std::round((*a.digits - *b.digits) * 100) / 100;
    change.growth = growth_of(a.utilisation, b.utilisation);
    change.fails = change.verdict_change > 0 || (digits_tolerance && change.digits_lost > *digits_tolerance);
    for (const double worse :
         {static_cast<double>(change.verdict_change), change.digits_lost, change.growth, growth_of(a.max_ulp, b.max_ulp)})
        if (worse != 0) return worse > 0 ? Change::Kind::worse : Change::Kind::better;
    return a.verdict == b.verdict ? std::nullopt : std::optional(Change::Kind::better);  // pass and xpass
}

void compare(const Json& before, const Json& after, std::optional<double> digits_tolerance, Differences& found) {
    const std::string id = before["id"];
    std::map<CheckKey, Figures> old_checks = checks_of(before), new_checks = checks_of(after);
    bool told = false;  // by a check, what became of the case's verdict
    const auto change_of = [&](const CheckKey& key) {
        Change change{};
        change.id = id;
        std::tie(change.check, change.tensor, change.which, std::ignore) = key;
        return change;
    };
    for (const auto& [key, figures] : old_checks) {
        Change change = change_of(key);
        change.before = figures;
        const auto same = new_checks.find(key);
        if (same == new_checks.end()) {
            change.kind = Change::Kind::vanished;
        } else {
            change.after = same->second;
            const auto kind = judge(change, digits_tolerance);
            if (!kind) {
                ++found.alike;
                continue;
            }
            change.kind = *kind;
            told = told || change.verdict_change > 0;
        }
        found.changes.push_back(change);
    }
    for (const auto& [key, figures] : new_checks) {
        if (old_checks.count(key)) continue;
        Change change = change_of(key);
        change.kind = Change::Kind::appeared;
        change.after = figures;
        found.changes.push_back(change);
    }
    Change whole = change_of({});
    whole.before.verdict = before["verdict"];
    whole.after.verdict = after["verdict"];
    const auto kind = judge(whole, digits_tolerance);
    if (!kind || whole.verdict_change == 0) return;
    // The lines of its checks say as much, but where there are none.
    if (whole.verdict_change > 0 ? told : !old_checks.empty() && !new_checks.empty()) return;
    whole.kind = *kind;
    found.changes.push_back(whole);
}

std::map<std::string, const Json*> cases_of(const Json& report) {
    std::map<std::string, const Json*> cases;
    for (const Json& c : report["cases"]) cases.emplace(c["id"], &c);
    return cases;
}

Change of_case(const Json& c, Change::Kind kind) {
    Change change{};
    change.kind = kind;
    change.id = c["id"];
    (kind == Change::Kind::appeared ? change.after : change.before).verdict = c["verdict"];
    return change;
}

}  // namespace

int badness(const std::string& verdict) {
    static const std::map<std::string, int> order{{"pass", 0},  {"xpass", 0}, {"inconclusive", 1}, {"skipped", 2},
                                                  {"xfail", 3}, {"fail", 4},  {"error", 5}};
    return order.at(verdict);
}

Differences diff(const Json& before, const Json& after, std::optional<double> digits_tolerance) {
    const auto old_cases = cases_of(before), new_cases = cases_of(after);
    Differences found;
    std::size_t compared = 0;
    std::string why = "no case is in both";
    for (const auto& [id, c] : old_cases) {
        const auto same = new_cases.find(id);
        if (same == new_cases.end()) {
            found.changes.push_back(of_case(*c, Change::Kind::vanished));
        } else if (const std::string key = other_setting(*c, *same->second); !key.empty()) {
            Change change = of_case(*c, Change::Kind::incomparable);
            change.after.verdict = (*same->second)["verdict"];
            change.fails = is_bad(change.after.verdict) && badness(change.after.verdict) > badness(change.before.verdict);
            change.reason = "its " + key + " is another";
            why = "of every case that is in both an input or a setting differs, such as " + key + " of " + id;
            found.changes.push_back(change);
        } else {
            ++compared;
            compare(*c, *same->second, digits_tolerance, found);
        }
    }
    for (const auto& [id, c] : new_cases)
        if (!old_cases.count(id)) {
            found.changes.push_back(of_case(*c, Change::Kind::appeared));
            found.changes.back().fails = is_bad((*c)["verdict"]);
        }
    if (compared == 0)
        throw Error(Fault::usage, "format", "bncheck diff", "nothing can be compared: " + why,
                    "name reports of the same cases with the same seed");
    const auto weight = [](const Change& c) {
        const double sign = c.kind == Change::Kind::better ? 1 : -1;
        return std::tuple(c.kind, !c.fails, sign * c.verdict_change, sign * c.digits_lost, sign * c.growth, c.id);
    };
    std::stable_sort(found.changes.begin(), found.changes.end(),
                     [&](const Change& a, const Change& b) { return weight(a) < weight(b); });
    found.worse = std::any_of(found.changes.begin(), found.changes.end(), [](const Change& c) { return c.fails; });
    return found;
}

}  // namespace bncheck::report
