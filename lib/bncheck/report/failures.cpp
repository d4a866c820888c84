#include "bncheck/report/failures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

constexpr std::array<std::string_view, 4> order{"error", "fail", "xpass", "inconclusive"};

std::size_t rank(const std::string& verdict) {
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), verdict) - order.begin());
}

/// error / bound, for an order: NaN is as bad as infinity, and a check that has none says least.
double excess(const Json* check) {
    if (!check || !check->contains("utilisation") || (*check)["utilisation"].is_null()) return -1;
    const double ratio = value_of((*check)["utilisation"]);
    return std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
}

bool worse(const std::pair<std::string, double>& a, const std::pair<std::string, double>& b) {
    return rank(a.first) != rank(b.first) ? rank(a.first) < rank(b.first) : a.second > b.second;
}

/// That tell a value from its neighbours, in float32 where it is one of those.
int digits_of(double value) { return std::isnan(value) || static_cast<double>(static_cast<float>(value)) == value ? 9 : 17; }

}  // namespace

bool fails(const std::string& verdict, bool strict) { return is_bad(verdict) || (strict && verdict == "inconclusive"); }

bool is_strict(const Json& report) { return report["options"].value("strict", false); }

std::string suite_of(const Json& c) {
    const std::string id = c["id"], suite = text_at(c, "suite");
    return suite.empty() ? id.substr(0, id.find('/')) : suite;
}

std::string name_within_suite(const Json& c) {
    const std::string id = c["id"], before = suite_of(c) + "/";
    return id.starts_with(before) ? id.substr(before.size()) : id;
}

std::vector<const Json*> telling_checks(const Json& c) {
    std::vector<const Json*> checks;
    for (const Json& check : c["checks"])
        if (check["verdict"] != "pass" && (rank(check["verdict"]) < order.size() || check["verdict"] == c["verdict"]))
            checks.push_back(&check);
    std::stable_sort(checks.begin(), checks.end(), [](const Json* a, const Json* b) {
        return worse({(*a)["verdict"], excess(a)}, {(*b)["verdict"], excess(b)});
    });
    return checks;
}

std::string got_text(const Json& worst) {
    const double got = value_of(worst["got"]);
    return fmt::format("{:.{}g}", got, digits_of(got));
}

std::string want_text(const Json& worst) {
    const double want = std::strtod(worst["want"].get<std::string>().c_str(), nullptr);
    return fmt::format("{:.{}g}", want, digits_of(value_of(worst["got"])));
}

std::string numbers_text(const Json& check) {
    std::string text = text_at(check, "tensor");
    for (const char* key : {"property", "method"})
        if (const std::string name = text_at(check, key); !name.empty()) text += " " + name;
    const auto number = [&](const char* key) -> std::optional<double> {
        const auto found = check.find(key);
        return found == check.end() || found->is_null() ? std::nullopt : std::optional(value_of(*found));
    };
    if (const auto ratio = number("utilisation")) text += fmt::format(": {:.3g} of the bound", *ratio);
    if (const auto digits = number("correct_digits")) text += fmt::format(", {:.1f} digits", *digits);
    if (const auto ulp = number("max_ulp")) text += fmt::format(", {:.3g} ulp", *ulp);
    const auto worst = check.find("worst");
    if (worst == check.end() || worst->is_null()) return text;
    return text + fmt::format("; at {} got {}, want {}", index_text((*worst)["index"]), got_text(*worst), want_text(*worst));
}

std::string deviation_text(const Json& check) {
    const auto found = check.find("explanation");
    if (found == check.end() || found->is_null()) return "";
    const std::string within = found->contains("max_ulp") && !(*found)["max_ulp"].is_null()
                                   ? fmt::format(", to {:.3g} ulp", value_of((*found)["max_ulp"]))
                                   : "";
    return "the output is that of " + (*found)["deviation"].get<std::string>() + within;
}

std::string sentence_of(const Json& c) {
    const std::vector<const Json*> checks = telling_checks(c);
    std::string text;
    if (!checks.empty()) text = deviation_text(*checks[0]);
    if (!checks.empty() && text.empty()) text = text_at(*checks[0], "reason");
    return text.empty() ? text_at(c, "reason") : text;
}

std::string unmatched_text(const Json& entry) {
    return fmt::format("the known failure of {} in {} matches nothing: {}", text_at(entry, "tensor"), text_at(entry, "case"),
                       text_at(entry, "reason"));
}

std::vector<std::size_t> worst_first(const Json& cases) {
    std::vector<std::pair<std::size_t, double>> badness;  // severity, excess
    for (const Json& c : cases) {
        double most = -1;
        for (const Json& check : c["checks"]) most = std::max(most, excess(&check));
        badness.emplace_back(severity(c["verdict"]), most);
    }
    std::vector<std::size_t> numbers(cases.size());
    std::iota(numbers.begin(), numbers.end(), 0);
    std::stable_sort(numbers.begin(), numbers.end(), [&](std::size_t a, std::size_t b) {
        return badness[a].first != badness[b].first ? badness[a].first < badness[b].first
                                                    : badness[a].second > badness[b].second;
    });
    return numbers;
}

std::vector<Failure> failures(const Json& report) {
    std::vector<Failure> found;
    for (const Json& c : report["cases"]) {
        if (!fails(c["verdict"], is_strict(report))) continue;
        const std::vector<const Json*> checks = telling_checks(c);
        found.push_back({c["verdict"], c["id"], checks.empty() ? nullptr : checks[0], sentence_of(c), c["repro"]});
    }
    if (report.contains("known_failures"))
        for (const Json& entry : report["known_failures"]["unmatched"])
            found.push_back({"xpass", entry["place"], nullptr, unmatched_text(entry), ""});
    std::stable_sort(found.begin(), found.end(), [](const Failure& a, const Failure& b) {
        return worse({a.verdict, excess(a.check)}, {b.verdict, excess(b.check)});
    });
    return found;
}

}  // namespace bncheck::report
