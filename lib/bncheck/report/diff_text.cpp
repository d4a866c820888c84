#include <fmt/format.h>

#include "bncheck/core/printable.hpp"
#include "bncheck/report/diff.hpp"

namespace bncheck::report {
namespace {

const char* name_of(Change::Kind kind) {
    switch (kind) {
        case Change::Kind::worse:
            return "worse";
        case Change::Kind::better:
            return "better";
        case Change::Kind::appeared:
            return "appeared";
        case Change::Kind::vanished:
            return "vanished";
        case Change::Kind::incomparable:
            return "not compared";
    }
    return "";
}

/// "  7.2 -> 3.1 digits", where both are there and differ.
std::string moved(const std::optional<double>& before, const std::optional<double>& after, const char* number_format,
                  const char* unit) {
    if (!before || !after || *before == *after) return "";
    return "  " + fmt::format(fmt::runtime(number_format), *before) + " -> " +
           fmt::format(fmt::runtime(number_format), *after) + " " + unit;
}

std::string line_of(const Change& c) {
    std::string text = fmt::format("{:<12} {}", name_of(c.kind), printable(c.id));
    for (const std::string& part : {c.check, c.tensor, c.which})
        if (!part.empty()) text += " " + printable(part);
    const std::string &before = c.before.verdict, &after = c.after.verdict;
    if (before != after) text += "  " + before + (before.empty() || after.empty() ? "" : " -> ") + after;
    text += moved(c.before.digits, c.after.digits, "{:.2f}", "digits");
    text += moved(c.before.max_ulp, c.after.max_ulp, "{:.3g}", "ulp");
    text += moved(c.before.utilisation, c.after.utilisation, "{:.3g}", "of the bound");
    if (!c.reason.empty()) text += "  " + c.reason;
    return text + "\n";
}

Json pair(const std::optional<double>& before, const std::optional<double>& after) {
    const auto value = [](const std::optional<double>& v) { return v ? number(*v) : Json(nullptr); };
    return Json::array({value(before), value(after)});
}

Json word(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

std::string text_of(const Differences& differences, std::size_t longest) {
    std::string text, counts;
    for (const Change::Kind kind : {Change::Kind::worse, Change::Kind::better, Change::Kind::appeared, Change::Kind::vanished,
                                    Change::Kind::incomparable}) {
        std::size_t count = 0, failing = 0;
        for (const Change& c : differences.changes)
            if (c.kind == kind) {
                if (count++ < longest) text += line_of(c);
                failing += c.fails;
            }
        if (count > longest) text += fmt::format("{:<12} {} more (-v shows all)\n", name_of(kind), count - longest);
        if (count == 0 && kind == Change::Kind::incomparable) continue;
        counts += fmt::format(" {} {}", count, name_of(kind));
        if (failing) counts += fmt::format(" ({} failing)", failing);
        counts += ",";
    }
    return text + fmt::format("{}:{} {} checks alike\n", differences.worse ? "worse" : "no worse", counts, differences.alike);
}

Json to_json(const Differences& differences) {
    Json changes = Json::array();
    for (const Change& c : differences.changes) {
        Json change{{"change", name_of(c.kind)}, {"fails", c.fails},         {"case", c.id},
                    {"check", word(c.check)},    {"tensor", word(c.tensor)}, {"property_or_method", word(c.which)}};
        change["verdict"] = Json::array({word(c.before.verdict), word(c.after.verdict)});
        change["correct_digits"] = pair(c.before.digits, c.after.digits);
        change["max_ulp"] = pair(c.before.max_ulp, c.after.max_ulp);
        change["utilisation"] = pair(c.before.utilisation, c.after.utilisation);
        if (!c.reason.empty()) change["reason"] = c.reason;
        changes.push_back(change);
    }
    return {{"worse", differences.worse}, {"alike", differences.alike}, {"changes", changes}};
}

}  // namespace bncheck::report
