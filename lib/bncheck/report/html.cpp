#include "bncheck/report/html.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "bncheck/core/markup.hpp"
#include "bncheck/report/case_plots.hpp"
#include "bncheck/report/failures.hpp"
#include "bncheck/report/html_cases.hpp"
#include "bncheck/report/html_matrix.hpp"
#include "bncheck/report/plot.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

std::string term(const std::string& name, const std::string& html) {
    return html.empty() ? "" : "<dt>" + escaped(name) + "<dd>" + html;
}

std::string list_of(const Json& list) {
    std::string text;
    if (list.is_array())
        for (const Json& entry : list) text += (text.empty() ? "" : ", ") + words(entry);
    return escaped(text);
}

std::string header(const Json& report) {
    const Json &summary = report["summary"], &candidate = report["candidate"];
    const std::string verdict = summary["verdict"];
    std::string counts;
    for (const char* key : verdicts_by_severity)
        if (const auto count = summary[key].get<std::size_t>())
            counts += fmt::format("{}<span class={}>{} {}</span>", counts.empty() ? "" : ", ", key, count, key);
    std::string text = fmt::format("<header><h1><span class=\"badge {}\">{}{}</span> {}</h1>", verdict, verdict,
                                   is_partial(report) ? " (partial)" : "",
                                   escaped(candidate.value("name", Json()).is_string() ? candidate["name"].get<std::string>()
                                                                                       : candidate["spec"].get<std::string>()));
    text += fmt::format("<p>{} cases, {} checks: {}</p>", summary["cases"].get<std::size_t>(),
                        summary["checks"].get<std::size_t>(), counts);
    if (is_partial(report))
        text += "<p class=notice>The run was interrupted: this is the report of the cases that had been finished.</p>";
    std::string facts = term("not tested", list_of(summary.value("not_tested", Json())));
    if (report.contains("known_failures")) {
        const Json& known = report["known_failures"];
        facts += term("known failures", known["entries"].dump() + " entries of " + escaped(words_of(known, "file")));
        for (const Json& entry : known["unmatched"])
            facts +=
                term("matches nothing", fmt::format("<span class=fail>{} {}: {}</span> ({})", escaped(words_of(entry, "case")),
                                                    escaped(words_of(entry, "tensor")), escaped(words_of(entry, "reason")),
                                                    escaped(words_of(entry, "place"))));
    }
    return text + (facts.empty() ? "" : "<dl>" + facts + "</dl>") + "</header>\n";
}

std::string environment(const Json& report) {
    std::string facts = term("bncheck", escaped(words_of(report["bncheck"], "version")));
    for (const auto& [key, value] : report["candidate"].items())
        if (!value.is_null()) facts += term("candidate " + key, value.is_array() ? list_of(value) : escaped(words(value)));
    for (const auto& [key, value] : report["options"].items())
        if (!value.is_null() && key != "candidate" && !(value.is_structured() && value.empty()) && value != "" &&
            value != false)
            facts += term("option " + key, value.is_array() ? list_of(value) : escaped(words(value)));
    std::string said;
    for (const auto& [key, value] : report["environment"].items()) {
        if (key == "candidate_stderr")
            said = value.is_string() ? value.get<std::string>() : "";
        else if (!value.is_structured())
            facts += term(key, value.is_number() ? html_number(value, true) : escaped(words(value)));
    }
    // The end of it, which tells why something ended.
    constexpr std::size_t shown = 8000;
    if (said.size() > shown) said = "[…] " + said.substr(said.find('\n', said.size() - shown) + 1);
    std::string text = "<section aria-labelledby=environment><h2 id=environment>Environment</h2><dl>" + facts + "</dl>";
    if (!said.empty()) text += "<h3>The candidate's stderr</h3><pre tabindex=0>" + escaped(said) + "</pre>";
    return text + "</section>\n";
}

/// `order`: of the cases, the worst first.
std::string conditioning(const Json& report, std::vector<std::size_t> order) {
    constexpr std::size_t most_points = 4000;
    std::string note;
    if (order.size() > most_points) {
        note = fmt::format("<p class=quiet>The worst {} of {} cases.</p>", most_points, order.size());
        order.resize(most_points);
        std::sort(order.begin(), order.end());
    }
    std::vector<std::string> names;
    std::map<std::string, std::vector<std::size_t>> suites;
    for (const std::size_t k : order) {
        const std::string suite = suite_of(report["cases"][k]);
        if (!suites.count(suite)) names.push_back(suite);
        suites[suite].push_back(k);
    }
    std::string plots;
    for (const std::string& suite : names) plots += conditioning_plot(suite, report["cases"], suites[suite]);
    if (plots.empty()) return "";
    return "<section aria-labelledby=conditioning><h2 id=conditioning>Accuracy against conditioning</h2>" + note +
           "<div class=plots>" + plots + "</div></section>\n";
}

/// As many rows of the matrix as fit, of the worst cases.
std::vector<char> listed(const HtmlMatrix& matrix, const std::vector<std::size_t>& order, std::size_t most_bytes) {
    std::vector<char> chosen(order.size(), 0);
    std::size_t bytes = 0;
    for (const std::size_t k : order) {
        bytes += matrix.bytes(k);
        if (bytes > most_bytes) break;
        chosen[k] = 1;
    }
    return chosen;
}

std::string left_out(const HtmlCases& cases) {
    const std::size_t plots = cases.count_below(Detail::plots), exact = cases.count_below(Detail::exact),
                      checks = cases.count_below(Detail::brief), absent = cases.count_below(Detail::none);
    if (plots == 0) return "";
    std::string text =
        fmt::format("<p class=quiet>To keep the page small, not every case is told of whole. Without figures: {}.", plots);
    if (exact)
        text += fmt::format(" With numbers rounded to four digits and without their usual settings ({}): {}.", usual_settings,
                            exact);
    if (checks) text += fmt::format(" With no more than the matrix tells: {}.", checks);
    if (absent) text += fmt::format(" In the matrix alone: {}.", absent);
    return text + " The page of fewer cases has everything: <code>bncheck run -k REGEX --html FILE</code>.</p>";
}

}  // namespace

std::string html(const Json& report, std::size_t most_bytes) {
    const Json& cases = report["cases"];
    const std::string title = "bncheck: " + report["summary"]["verdict"].get<std::string>() +
                              (is_partial(report) ? " (partial)" : "") + ", " + words_of(report["candidate"], "name");
    std::string text = fmt::format(
        "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width, "
        "initial-scale=1\"><meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'\"><title>{}</title>\n<style>\n{}</style></head>\n<body><a class=skip href=#matrix>To the "
        "cases</a>{}\n",
        escaped(title), page_css(), plot_marks());
    std::vector<std::size_t> order = worst_first(cases);
    const std::string accuracy = conditioning(report, order);
    text += header(report) + "<nav><a href=#matrix>Cases and tensors</a> <a href=#each>Each case</a>" +
            (accuracy.empty() ? "" : " <a href=#conditioning>Accuracy against conditioning</a>") +
            " <a href=#environment>Environment</a></nav>\n<main>";
    const std::string rest =
        accuracy + environment(report) + fmt::format("</main><script>\n{}</script></body></html>\n", page_js());
    constexpr std::size_t around_cases = 800;  // markup, and what left_out() says
    std::size_t room = most_bytes - std::min(most_bytes, text.size() + rest.size() + around_cases);

    const HtmlMatrix matrix(cases);
    const std::vector<char> rows = listed(matrix, order, room / 2);
    const std::string whole = matrix.html(rows, [](std::size_t) { return true; });
    room -= std::min(room, whole.size());
    std::erase_if(order, [&](std::size_t k) { return !rows[k]; });
    const HtmlCases shown(cases, order, room);
    text += matrix.html(rows, [&](std::size_t k) { return shown.has(k); });
    text += "<section aria-labelledby=each><h2 id=each>Each case</h2>" + left_out(shown) + "<div id=cases>\n" + shown.html();
    return text + "</div></section>\n" + rest;
}

}  // namespace bncheck::report
