#include "bncheck/run/known_failures.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/suite/value.hpp"

namespace bncheck::run {
namespace {

using judge::Verdict;
using report::CheckReport;
using suite::Value;

/// Other machines and numbers of threads add in another order, which changes an error somewhat; one that doubled is looked at
/// anew.
constexpr double growth = 2;

/// error / bound of a check; infinite where there is no such number.
double utilisation(const CheckReport& check) {
    if (check.findings) return check.findings->utilisation;
    return check.entries ? check.entries->ratio : std::numeric_limits<double>::infinity();
}

/// Ids of a suite's cases; none where there is no such suite.
std::optional<std::vector<std::string>> ids_of(const std::string& name, const std::vector<suite::Suite>& suites) {
    std::vector<suite::Suite> read;
    const auto named = [&](const suite::Suite& s) { return s.name == name; };
    auto found = std::find_if(suites.begin(), suites.end(), named);
    if (found == suites.end()) {
        const auto builtins = suite::builtin_suites();
        if (std::none_of(builtins.begin(), builtins.end(), [&](const suite::Builtin& b) { return b.name == name; }))
            return std::nullopt;
        read = suite::load_suites({name});
        found = read.begin();
    }
    std::vector<std::string> ids;
    for (const suite::Case& c : found->cases) ids.push_back(c.id());
    return ids;
}

std::regex regex_of(const Value& value) {
    try {
        return std::regex(value.as_string());
    } catch (const std::regex_error& e) {
        value.refuse("format", std::string("is no regular expression: ") + e.what(),
                     "escape . + ( ) and the like in ids with a backslash");
    }
}

KnownFailure read_entry(const Value& entry) {
    entry.only({"case", "tensor", "check", "number", "reason", "seen", "link"});
    KnownFailure known;
    known.place = entry.place();
    known.pattern = entry.at("case").as_string();
    known.cases = regex_of(entry.at("case"));
    known.suite = known.pattern.substr(0, known.pattern.find('/'));
    if (known.suite.size() == known.pattern.size() || known.suite.find_first_of(".*+?[](){}|^$\\") != std::string::npos)
        entry.at("case").refuse("format", "does not begin with the name of a suite and a slash",
                                "an entry is about cases of one suite: suite/pattern");
    known.tensor = entry.at("tensor").as_string();
    const std::vector<std::string> tensors(tensor_name::outputs.begin(), tensor_name::outputs.end());
    if (std::find(tensors.begin(), tensors.end(), known.tensor) == tensors.end())
        entry.at("tensor").refuse("format", "is no output tensor", suggestion(known.tensor, tensors));
    static const std::vector<std::string> checks{"forward",    "running",    "backward",    "gradient", "double-backward",
                                                 "derivation", "properties", "determinism", "expect"};
    if (const auto check = entry.find("check")) {
        known.check = check->as_string();
        if (std::find(checks.begin(), checks.end(), known.check) == checks.end())
            check->refuse("format", "is no check", suggestion(known.check, checks));
    }
    known.number = entry.at("number").as_number().hi;
    if (!(known.number > 1))
        entry.at("number").refuse("format", "is not above 1",
                                  "it is the error in units of the bound (utilisation), which fails above 1");
    known.reason = entry.at("reason").as_string();
    if (std::count_if(known.reason.begin(), known.reason.end(), [](unsigned char c) { return std::isalnum(c); }) < 10)
        entry.at("reason").refuse("format", "says too little", "write one sentence that names the defect");
    if (const auto seen = entry.find("seen")) known.seen = seen->as_string();
    if (const auto link = entry.find("link")) known.link = link->as_string();
    return known;
}

}  // namespace

KnownFailures KnownFailures::read(const std::string& file, const std::string& text, const std::vector<suite::Suite>& suites) {
    KnownFailures result;
    result.file_ = file;
    const suite::Json json = suite::parse_json(file, text);
    const Value top(json, file, "");
    top.only({"candidate", "note", "known_failures"});
    std::map<std::string, std::optional<std::vector<std::string>>> ids;
    for (const Value& value : top.at("known_failures").elements()) {
        Entry entry{read_entry(value), {}};
        entry.tally.pattern = entry.known.pattern;
        entry.tally.tensor = entry.known.tensor;
        entry.tally.place = entry.known.place;
        const std::string& suite = entry.known.suite;
        if (!ids.count(suite)) ids[suite] = ids_of(suite, suites);
        if (const auto& all = ids[suite]) {
            const auto is_about = [&](const std::string& id) { return std::regex_match(id, entry.known.cases); };
            const auto about = static_cast<std::size_t>(std::count_if(all->begin(), all->end(), is_about));
            if (about > 1 && about == all->size())
                value.at("case").refuse("format", "is about every case of the suite " + suite,
                                        "name the cases that fail, in several entries if need be");
            entry.tally.cases = about;
        }
        result.entries_.push_back(std::move(entry));
    }
    return result;
}

void KnownFailures::apply(report::CaseReport& report, bool complete, std::size_t position) {
    for (Entry& entry : entries_) {
        if (entry.known.suite != report.suite || !std::regex_match(report.id, entry.known.cases)) continue;
        if (report.verdict == Verdict::error) continue;  // that says nothing of the numbers
        if (entry.tally.run++ == 0) entry.tally.first = position;
        bool fails = false;
        CheckReport* passing = nullptr;
        for (CheckReport& check : report.checks) {
            if (check.tensor != entry.known.tensor || (!entry.known.check.empty() && check.check != entry.known.check))
                continue;
            if (check.verdict == Verdict::fail || check.verdict == Verdict::xfail) {
                fails = true;
                if (check.verdict == Verdict::xfail) continue;  // another entry knows it
                const bool grown = std::isinf(entry.known.number) ? !std::isinf(utilisation(check))
                                                                  : utilisation(check) > growth * entry.known.number;
                const std::string about =
                    "known: " + entry.known.reason + (entry.known.link.empty() ? "" : " (" + entry.known.link + ")");
                if (!grown) check.verdict = Verdict::xfail;
                if (!grown || check.reason.empty())
                    check.reason = grown ? "not the known failure at " + entry.known.place + ", whose number is " +
                                               report::number(entry.known.number).dump()
                                         : about;
            } else if (check.verdict == Verdict::pass && !passing && (complete || !entry.known.check.empty())) {
                passing = &check;
            }
        }
        if (fails) {
            ++entry.tally.failed;
        } else if (passing) {
            ++entry.tally.passed;
            passing->verdict = Verdict::xpass;
            passing->reason = "passes, though it is a known failure: take out or narrow the entry at " + entry.known.place;
        }
    }
    report.verdict = report::worst_verdict(report.checks);
}

std::vector<report::KnownFailureTally> KnownFailures::tallies() const {
    std::vector<report::KnownFailureTally> tallies;
    for (const Entry& entry : entries_) tallies.push_back(entry.tally);
    return tallies;
}

}  // namespace bncheck::run
