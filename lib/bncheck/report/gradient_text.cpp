#include "bncheck/report/gradient_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "bncheck/core/printable.hpp"

namespace bncheck::report {
namespace {

/// What a line of the table says of its worst entry.
struct Worst {
    std::string at;
    double analytic, numeric, error, estimated, ratio;
};

std::optional<Worst> worst_of(const Json& check) {
    if (!has(check, "worst")) return std::nullopt;
    const Json& w = check["worst"];
    std::string at = index_text(w["index"]);
    if (w.contains("by"))
        at += w["by"].is_array() ? " by " + index_text(w["by"]) : fmt::format(" along {}", w["by"].get<std::size_t>());
    const double ratio = value_at(check, "utilisation"), error = value_at(w, "error");
    if (w.contains("analytic"))
        return Worst{at, value_of(w["analytic"]), value_at(w, "numeric"), error, value_at(w, "estimated_error"), ratio};
    // The oracle's value is certain in the printed digits.
    return Worst{at, value_of(w["got"]), std::strtod(w["want"].get<std::string>().c_str(), nullptr), error, 0, ratio};
}

std::string time_text(double seconds) {
    return seconds < 1 ? fmt::format("{:.1f} ms", seconds * 1e3) : fmt::format("{:.2f} s", seconds);
}

std::string line_of(const Json& check, const std::map<std::string, double>& seconds, std::string& timed, bool color) {
    const std::string verdict = check["verdict"], method = check["method"];
    std::string text = fmt::format("  {} {:<7}{:<13}", painted(verdict, fmt::format("{:<12}", verdict), color),
                                   printable(text_at(check, "tensor")), method);
    const auto worst = worst_of(check);
    if (worst)
        text += fmt::format("{:<28} {:>16.9g} {:>16.9g} {:>9.2e} {:>9.2e} {:>9.2e}", worst->at, worst->analytic, worst->numeric,
                            worst->error, worst->estimated, worst->ratio);
    else
        text += std::string(28 + 2 * 17 + 3 * 10, ' ');
    text += fmt::format(" {:>10}",
                        check.value("elements", std::size_t{0}) ? std::to_string(check["elements"].get<std::size_t>()) : "");
    text += fmt::format(" {:>8}", check.contains("evaluations") ? std::to_string(check["evaluations"].get<std::size_t>()) : "");
    // The time of a method, beside its first line.
    const std::string order = check["check"] == "double-backward" ? "second order " : "";
    const auto spent = seconds.find(order + (method == "directions" ? "differences" : method));
    if (spent != seconds.end() && timed != spent->first) text += fmt::format(" {:>9}", time_text(spent->second));
    if (spent != seconds.end()) timed = spent->first;
    while (text.back() == ' ') text.pop_back();
    return text + "\n";
}

std::string detail_of(const Json& check, bool verbose) {
    std::string text;
    const std::string verdict = check["verdict"];
    const auto say = [&](const std::string& what) {
        text += "      " + printable(text_at(check, "tensor")) + " " + check["method"].get<std::string>() + ": " +
                printable(what) + "\n";
    };
    if (has(check, "reason")) say(text_at(check, "reason"));
    const auto count = [&](const char* key) { return check.value(key, std::size_t{0}); };
    if (count("failed")) say(fmt::format("{} of {} entries fail", count("failed"), count("elements")));
    if (count("inconclusive"))
        say(fmt::format("{} of {} entries cannot be decided here", count("inconclusive"), count("elements")));
    if (!verbose) return text;
    if (check.contains("sample")) say(check["sample"].get<std::string>());
    if (!check.contains("curve")) return text;
    if (check.contains("slope")) say(fmt::format("remainder falls with slope {:.2f}", value_of(check["slope"])));
    for (const Json& point : check["curve"])
        text += fmt::format("        h {:>9.2e}  remainder {:>9.2e}  allowed {:>9.2e}\n", value_of(point["h"]),
                            value_of(point["remainder"]), value_of(point["allowed"]));
    return text;
}

}  // namespace

std::string gradient_text(const Json& c, const std::map<std::string, double>& seconds, const TextStyle& style) {
    const std::string verdict = c["verdict"];
    if (style.quiet && (verdict == "pass" || verdict == "skipped")) return "";
    std::string text = fmt::format("{} {}", painted(verdict, fmt::format("{:<12}", verdict), style.color),
                                   printable(c["id"].get<std::string>()));
    const auto has_method = [](const Json& check) { return check.contains("method"); };
    if (std::none_of(c["checks"].begin(), c["checks"].end(), has_method)) return case_text(c, style);
    text += fmt::format("  {} {} {} eps {:g}\n", c["dtype"].get<std::string>(), c["layout"].get<std::string>(),
                        c["mode"].get<std::string>(), value_of(c["eps"]));
    text +=
        fmt::format("  {:<12} {:<7}{:<13}{:<28} {:>16} {:>16} {:>9} {:>9} {:>9} {:>10} {:>8} {:>9}\n", "verdict", "tensor",
                    "method", "worst entry", "analytic", "numeric", "error", "estimated", "ratio", "entries", "evals", "time");
    std::string timed;
    for (const Json& check : c["checks"])
        if (has_method(check)) text += line_of(check, seconds, timed, style.color);
    for (const Json& check : c["checks"])
        if (has_method(check)) text += detail_of(check, style.verbose);
    if (is_bad(verdict)) text += "      repro: " + printable(c["repro"].get<std::string>()) + "\n";
    return text;
}

std::string decided_text(const Json& report) {
    std::size_t entries = 0, open = 0;
    for (const Json& c : report["cases"])
        for (const Json& check : c["checks"])
            if (check.contains("method") && check.contains("elements")) {
                entries += check["elements"].get<std::size_t>();
                open += count_at(check, "inconclusive");
            }
    if (entries == 0) return "";
    return fmt::format("gradient checks: {} of {} entries decided ({:.2f} %)\n", entries - open, entries,
                       100 * static_cast<double>(entries - open) / static_cast<double>(entries));
}

}  // namespace bncheck::report
