#include "bncheck/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "bncheck/core/printable.hpp"

namespace bncheck::report {

std::size_t severity(const std::string& verdict) {
    return static_cast<std::size_t>(std::find(std::begin(verdicts_by_severity), std::end(verdicts_by_severity), verdict) -
                                    std::begin(verdicts_by_severity));
}

std::string painted(const std::string& verdict, const std::string& text, bool color) {
    if (!color) return text;
    const char* code = verdict == "pass" || verdict == "xfail" ? "32"
                       : verdict == "inconclusive"             ? "33"
                       : verdict == "skipped"                  ? "2"
                                                               : "31";
    return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

double value_of(const Json& number) {
    if (number.is_number()) return number.get<double>();
    if (number == "inf") return std::numeric_limits<double>::infinity();
    return number == "-inf" ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
}

std::string text_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || !found->is_string() ? "" : found->get<std::string>();
}

double value_at(const Json& json, const char* key) {
    return has(json, key) ? value_of(json[key]) : std::numeric_limits<double>::quiet_NaN();
}

std::size_t count_at(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || !found->is_number_unsigned() ? 0 : found->get<std::size_t>();
}

bool has(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found != json.end() && !found->is_null();
}

std::string index_text(const Json& index) {
    std::string text;
    for (const Json& i : index) text += (text.empty() ? "" : ",") + i.dump();
    return "[" + text + "]";
}

bool is_bad(const std::string& verdict) { return verdict == "fail" || verdict == "error" || verdict == "xpass"; }

namespace {

std::string class_text(const Json& check) {
    if (!check.contains("class") || !has(check, "required")) return "";
    return check["class"].is_null() ? "undetermined" : check["class"].get<std::string>();
}

/// How good the tensor is, or which property of it was asked.
std::string digits_text(const Json& check) {
    if (has(check, "correct_digits")) return fmt::format("{:>5.1f} digits", value_of(check["correct_digits"]));
    return check.contains("property") ? check["property"].get<std::string>() : check["check"].get<std::string>();
}

/// What a case's line has beside the id, and the room that ids have where nothing forbids it, and at least.
constexpr std::size_t beside_id = 69, id_columns = 44, least_id_columns = 24;

/// Where there is no room for both in a line.
bool is_narrow(const TextStyle& style) { return style.columns && style.columns < beside_id + least_id_columns; }

std::size_t id_width(const TextStyle& style) {
    if (style.columns == 0 || style.columns >= beside_id + id_columns) return id_columns;
    return is_narrow(style) ? 0 : style.columns - beside_id;
}

/// Phrases, which end in a comma, semicolon or colon, in lines of at most `columns` (100 where there is no terminal), the first
/// of which has `column` already.
std::string wrapped(const std::string& words, std::size_t column, const TextStyle& style) {
    const std::size_t columns = style.columns ? std::max<std::size_t>(40, style.columns) : 100;
    const std::string indent = "      ";
    std::string text;
    for (std::size_t begin = 0; begin < words.size();) {
        std::size_t end = begin;
        while (end < words.size() && !(words[end] == ' ' && std::string(",;:").find(words[end - 1]) != std::string::npos))
            ++end;
        if (column + end - begin > columns && !text.empty()) {
            text.back() = '\n';
            text += indent;
            column = indent.size();
        }
        text += words.substr(begin, end - begin) + " ";
        column += end - begin + 1;
        begin = end + 1;
    }
    if (!text.empty()) text.pop_back();
    return text;
}

std::string tensor_text(const Json& check, const TextStyle& style) {
    const std::string verdict = check["verdict"];
    std::string text = fmt::format("    {} {} {}", painted(verdict, fmt::format("{:<12}", verdict), style.color),
                                   check["check"].get<std::string>(), printable(text_at(check, "tensor")));
    for (const char* key : {"property", "method"})
        if (check.contains(key)) text += " " + check[key].get<std::string>();
    if (has(check, "reason")) {
        const std::string reason = printable(text_at(check, "reason"));
        const std::size_t column = std::string("    pass         derivation dx: ").size();
        text += ": " + (check.contains("arrangements") ? wrapped(reason, column, style) : reason);
    }
    text += "\n";
    if (!has(check, "worst")) return text;
    const Json& worst = check["worst"];
    const double got = value_of(worst["got"]), bound = value_at(worst, "bound");
    const int digits = static_cast<double>(static_cast<float>(got)) == got ? 9 : 17;  // that tell its neighbours apart
    text += fmt::format("      at {} got {:.{}g}, want {}\n      error {:.3g}", index_text(worst["index"]), got, digits,
                        printable(worst["want"].get<std::string>()), value_at(worst, "error"));
    text += bound == 0 ? std::string(" where equality is due")
                       : fmt::format(" = {:.3g} of the bound {:.3g}", value_at(check, "utilisation"), bound);
    if (has(check, "required"))
        text += fmt::format(" ({} required, found {})", check["required"].get<std::string>(), class_text(check));
    text += fmt::format("; {} of {} elements fail", count_at(check, "failed"), count_at(check, "elements"));
    if (const std::size_t inconclusive = count_at(check, "inconclusive"))
        text += fmt::format(", {} are inconclusive", inconclusive);
    if (has(check, "allow")) text += fmt::format("; hand-set allowance {} ulp", check["allow"]["ulp"].get<double>());
    return text + "\n";
}

/// The tensor that says most of a case: failed before passed, then the highest utilisation.
const Json* telling_check(const Json& c) {
    const Json* best = nullptr;
    const auto rank = [](const Json& check) {
        const std::string verdict = check["verdict"];
        return (is_bad(verdict) ? 2 : verdict == "inconclusive" ? 1 : 0);
    };
    for (const Json& check : c["checks"]) {
        if (!has(check, "utilisation")) continue;
        if (!best || rank(check) > rank(*best) ||
            (rank(check) == rank(*best) && value_of(check["utilisation"]) > value_of((*best)["utilisation"])))
            best = &check;
    }
    return best;
}

}  // namespace

std::string case_text(const Json& c, const TextStyle& style) {
    const std::string verdict = c["verdict"];
    if (style.quiet && !is_bad(verdict) && verdict != "inconclusive") return "";
    std::string text = fmt::format("{} {:<{}}", painted(verdict, fmt::format("{:<12}", verdict), style.color),
                                   printable(c["id"].get<std::string>()), id_width(style));
    if (is_narrow(style)) text += "\n   ";
    if (const Json* check = telling_check(c))
        text += fmt::format(" {:<12} {:<12}  {:>9.2e} of bound  {}", printable(text_at(*check, "tensor")), digits_text(*check),
                            value_of((*check)["utilisation"]), class_text(*check));
    else if (has(c, "reason"))
        text += " " + printable(text_at(c, "reason"));
    while (text.back() == ' ' || text.back() == '\n') text.pop_back();
    if (std::any_of(c["checks"].begin(), c["checks"].end(), [](const Json& check) { return has(check, "allow"); }))
        text += "  (hand-set allowance)";
    text += !c.value("evidence", true) && verdict == "pass" ? "  (could not notice an omitted element)\n" : "\n";
    for (const Json& check : c["checks"])
        if (style.verbose || is_bad(check["verdict"].get<std::string>()) ||
            (check["verdict"] == "inconclusive" && !style.quiet))
            text += tensor_text(check, style);
    if (is_bad(verdict)) text += "      repro: " + printable(c["repro"].get<std::string>()) + "\n";
    return text;
}

std::string stages_text(const Json& environment) {
    const auto stages = environment.find("seconds_by_stage");
    if (stages == environment.end() || !stages->is_object()) return "";
    std::string text;
    for (const auto& [stage, seconds] : stages->items())
        if (seconds.is_number())
            text += fmt::format("{}{} {:.3g} s", text.empty() ? "" : ", ", printable(stage), value_of(seconds));
    return text.empty() ? "" : "time of all cases: " + text + "\n";
}

std::string summary_text(const Json& report, const TextStyle& style) {
    const Json& s = report["summary"];
    const std::string verdict = s["verdict"];
    std::string text =
        fmt::format("{}{}: {} cases, {} checks:", painted(verdict, verdict, style.color),
                    is_partial(report) ? " (partial)" : "", s["cases"].get<std::size_t>(), s["checks"].get<std::size_t>());
    for (const char* key : {"pass", "fail", "inconclusive", "skipped", "error", "xfail", "xpass"})
        if (const auto count = s[key].get<std::size_t>();
            count || std::string(key) == "pass" || std::string(key) == "inconclusive")
            text += fmt::format(" {} {}", count, key) + ",";
    text.back() = ';';
    const Json& candidate = report["candidate"];
    const bool is_named = has(candidate, "name");
    text += fmt::format(" candidate {}\n", printable(candidate[is_named ? "name" : "spec"].get<std::string>()));
    std::size_t decided[3] = {}, all = 0;
    const char* const levels[] = {"double", "double-double", "mpfr"};
    for (const Json& c : report["cases"])
        for (const Json& check : c["checks"])
            if (check.contains("decided"))
                for (std::size_t k = 0; k < 3; ++k) {
                    decided[k] += check["decided"][levels[k]].get<std::size_t>();
                    all += check["decided"][levels[k]].get<std::size_t>();
                }
    if (style.verbose && all > 0)
        text += fmt::format("elements decided: {} in double, {} in double-double, {} in MPFR\n", decided[0], decided[1],
                            decided[2]);
    if (style.verbose) text += stages_text(report["environment"]);
    if (report.contains("known_failures")) {
        const Json& known = report["known_failures"];
        for (const Json& entry : known["unmatched"])
            text += fmt::format("{}: {} {} of the known failures matches nothing: {}\n",
                                printable(entry["place"].get<std::string>()), printable(entry["case"].get<std::string>()),
                                printable(entry["tensor"].get<std::string>()), printable(entry["reason"].get<std::string>()));
        text += fmt::format("known failures: {} entries of {}", known["entries"].get<std::size_t>(),
                            printable(known["file"].get<std::string>()));
        if (const auto elsewhere = known["elsewhere"].get<std::size_t>())
            text += fmt::format(", {} about cases that were not run", elsewhere);
        text += "\n";
    }
    std::string open;
    for (const Json& what : s.value("not_tested", Json::array()))
        open += (open.empty() ? "" : "; ") + printable(what.get<std::string>());
    if (!open.empty()) text += "not tested: " + open + "\n";
    return text;
}

}  // namespace bncheck::report
