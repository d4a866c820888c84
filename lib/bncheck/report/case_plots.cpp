#include "bncheck/report/case_plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "bncheck/report/plot.hpp"
#include "bncheck/report/plot_axis.hpp"
#include "bncheck/report/text.hpp"

namespace bncheck::report {
namespace {

using Look = Series::Look;

bool has_plot(const Json& check) { return check.contains("plot"); }

/// So that what failed is seen over what passed, and by its mark too.
std::vector<Series> worst_last(std::map<std::string, Series> by_verdict) {
    std::vector<Series> list;
    for (auto& [verdict, series] : by_verdict) {
        series.name = series.ink_class = verdict;
        series.ink = is_bad(verdict) ? 1 : 0;
        list.push_back(std::move(series));
    }
    std::stable_sort(list.begin(), list.end(),
                     [](const Series& a, const Series& b) { return severity(a.name) > severity(b.name); });
    return list;
}

/// Tells where a sample, with the worst element, is in a figure, and not every element.
std::string of_a_sample(const Json& c) {
    const bool some = std::any_of(c["checks"].begin(), c["checks"].end(), [](const Json& check) {
        return has_plot(check) && check["plot"]["elements"] < check["elements"];
    });
    return some ? ", sampled" : "";
}

std::string tensor_of(const Json& check) { return check["tensor"].get<std::string>(); }

/// Also what has no figure but a number to compare: one row each.
std::string utilisation_plot(const Json& c) {
    Plot plot{
        "Error as a part of its bound", {"largest error / bound", true, {}, {}, {}}, {"", false, {}, {}, {}}, {}, 1, "fails"};
    std::map<std::string, Series> by_verdict;
    for (const Json& check : c["checks"]) {
        if (!check.contains("utilisation")) continue;
        std::string name = check.value("tensor", "");
        for (const char* key : {"property", "method"})
            if (check.contains(key)) name += (name.empty() ? "" : " ") + check[key].get<std::string>();
        if (check["check"] == "expect") name += " known answer";
        // The definition is differentiated in two arithmetics.
        if (const std::string sample = text_at(check, "sample"); check.value("method", "") == "definition")
            name += " " + sample.substr(0, sample.find(':'));
        const std::string verdict = check["verdict"];
        Series& series = by_verdict[verdict];
        series.points.push_back({value_of(check["utilisation"]), static_cast<double>(plot.y.steps.size()), name, ""});
        plot.y.steps.push_back(name);
    }
    if (plot.y.steps.empty()) return "";
    // The first row is at the top.
    std::reverse(plot.y.steps.begin(), plot.y.steps.end());
    for (auto& [verdict, series] : by_verdict)
        for (PlotPoint& point : series.points) point.y = static_cast<double>(plot.y.steps.size()) - 1 - point.y;
    plot.series = worst_last(std::move(by_verdict));
    return svg(plot);
}

std::string edge_name(double edge) {
    if (edge == 0) return "0";
    if (std::isinf(edge)) return "∞";
    if (edge < 1) return edge == 0.5 ? "½" : edge == 0.25 ? "¼" : "⅛";
    return edge < 16 ? fmt::format("{:g}", edge) : "2" + superscript(std::ilogb(edge));
}

/// Each tensor's in percent, so that small ones are seen beside large ones.
std::string ulp_plot(const Json& c) {
    double most = 0.5;
    for (const Json& check : c["checks"])
        if (has_plot(check)) most = std::max(most, value_of(check["plot"]["ulp"]["at_most"].back()));
    std::vector<double> edges{0};
    for (double edge = 0x1p-3; edge <= std::min(most, 0x1p20); edge *= 2) edges.push_back(edge);
    if (std::isinf(most)) edges.push_back(most);
    Plot plot{"Errors in ulp" + of_a_sample(c),
              {"error at most, in ulp", true, {}, {}, {}},
              {"elements, %", false, {}, 0, 100},
              {},
              {},
              ""};
    for (const double edge : edges) plot.x.steps.push_back(edge_name(edge));
    std::size_t ink = 0;
    for (const Json& check : c["checks"]) {
        if (!has_plot(check)) continue;
        const Json& ulp = check["plot"]["ulp"];
        Series line{"", Look::line, ink, "", {}}, dots{tensor_of(check), Look::points, ink, "", {}};
        for (std::size_t k = 0; k < edges.size(); ++k) {
            double count = 0;
            for (std::size_t e = 0; e < ulp["at_most"].size(); ++e)
                if (value_of(ulp["at_most"][e]) == edges[k]) count = value_of(ulp["elements"][e]);
            const PlotPoint point{static_cast<double>(k), 100 * count / value_of(check["plot"]["elements"]), "", ""};
            line.points.push_back(point);
            if (count > 0) dots.points.push_back(point);
        }
        plot.series.push_back(std::move(line));
        plot.series.push_back(std::move(dots));
        ++ink;
    }
    return plot.series.empty() ? "" : svg(plot);
}

std::string magnitude_plot(const Json& c) {
    Plot plot{"Error and bound (dashed) by magnitude" + of_a_sample(c),
              {"|reference|", true, {}, {}, {}},
              {"|error|", true, {}, {}, {}},
              {},
              {},
              ""};
    std::size_t ink = 0;
    for (const Json& check : c["checks"]) {
        if (!has_plot(check)) continue;
        const Json& of = check["plot"]["magnitudes"];
        Series error{tensor_of(check), Look::points, ink, "", {}}, bound{"", Look::dashed, ink, "", {}};
        for (std::size_t k = 0; k < of["want"].size(); ++k) {
            error.points.push_back({value_of(of["want"][k]), value_of(of["error"][k]), "", ""});
            if (const double its = value_of(of["bound"][k]); std::isfinite(its) && its > 0)
                bound.points.push_back({value_of(of["want"][k]), its, "", ""});
        }
        ++ink;
        if (error.points.empty()) continue;
        plot.series.push_back(error);
        // A line takes two points.
        if (bound.points.size() > 1) plot.series.push_back(bound);
    }
    return plot.series.empty() ? "" : svg(plot);
}

std::string channel_map(const Json& c) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    HeatMap map{"Channels: largest error / bound", "tensor", "channel", {}, {}, {}, {}, 1};
    map.edges = {{0.001, "≤0.001"}, {0.01, "≤0.01"}, {0.1, "≤0.1"}, {1, "≤1"}, {infinity, ">1: fails"}};
    const std::size_t channels = c["shape"].size() > 1 ? c["shape"][1].get<std::size_t>() : 0;
    if (channels < 2) return "";
    for (const Json& check : c["checks"]) {
        if (!has_plot(check)) continue;
        const Json& of = check["plot"]["channels"];
        map.rows.push_back(tensor_of(check));
        std::vector<double>& values = map.values.emplace_back();
        for (const Json& utilisation : of["utilisation"]) values.push_back(value_of(utilisation));
        const std::size_t each = of["each"];
        for (std::size_t block = map.columns.size(); block < values.size(); ++block) {
            const std::size_t first = block * each, last = std::min(channels, first + each) - 1;
            map.columns.push_back(first == last ? std::to_string(first) : fmt::format("{}–{}", first, last));
        }
    }
    return map.rows.empty() ? "" : svg(map);
}

std::string taylor_plot(const Json& check) {
    const std::string slope = check.contains("slope") ? fmt::format(", slope {:.3g}", value_of(check["slope"])) : "";
    Plot plot{"Taylor test of " + tensor_of(check) + slope,
              {"step h", true, {}, {}, {}},
              {"remainder of first order", true, {}, {}, {}},
              {},
              {},
              ""};
    Series remainder{"remainder", Look::joined, 0, "", {}}, allowed{"allowed", Look::dashed, 1, "", {}};
    for (const Json& point : check["curve"]) {
        remainder.points.push_back({value_of(point["h"]), value_of(point["remainder"]), "", ""});
        allowed.points.push_back({value_of(point["h"]), value_of(point["allowed"]), "", ""});
    }
    plot.series = {remainder, allowed};
    return svg(plot);
}

}  // namespace

std::string case_plots(const Json& c) {
    std::string text = utilisation_plot(c) + ulp_plot(c) + magnitude_plot(c) + channel_map(c);
    for (const Json& check : c["checks"])
        if (check.contains("curve") && !check["curve"].empty()) text += taylor_plot(check);
    return text;
}

std::string case_anchor(std::size_t k) { return "c" + std::to_string(k); }

std::optional<double> fewest_digits(const Json& c) {
    std::optional<double> fewest;
    for (const Json& check : c["checks"])
        if (check.contains("correct_digits") && !check["correct_digits"].is_null()) {
            const double digits = value_of(check["correct_digits"]);
            if (!fewest || !(digits >= *fewest)) fewest = digits;
        }
    return fewest;
}

std::optional<double> largest_utilisation(const Json& c) {
    std::optional<double> largest;
    for (const Json& check : c["checks"])
        if (check.contains("utilisation") && !check["utilisation"].is_null()) {
            const double its = value_of(check["utilisation"]);
            if (!largest || !(its <= *largest)) largest = its;
        }
    return largest;
}

std::string conditioning_plot(const std::string& title, const Json& cases, const std::vector<std::size_t>& chosen) {
    Plot plot{title, {"κ, the largest √(mean x² / v)", true, {}, {}, {}}, {"correct digits, fewest", false, {}, 0, {}}, {}, {},
              ""};
    // What passes by its type, which digits depend on most.
    std::map<std::string, Series> by_dtype, by_verdict;
    std::size_t shown = 0;
    for (const std::size_t k : chosen) {
        const Json& c = cases[k];
        const auto digits = fewest_digits(c);
        const Json conditioning = c.value("conditioning", Json());
        if (!digits || !conditioning.is_object() || conditioning["kappa"].is_null()) continue;
        const double kappa = value_of(conditioning["kappa"]);
        if (!(kappa > 0)) continue;
        const std::string verdict = c["verdict"];
        Series& series = verdict == "pass" ? by_dtype[text_at(c, "dtype")] : by_verdict[verdict];
        series.points.push_back({kappa, *digits, "", case_anchor(k)});  // the script of the page knows its name
        ++shown;
    }
    if (shown < 2) return "";
    constexpr const char* dtypes[] = {"float64", "float32", "float16", "bfloat16"};
    for (std::size_t k = 0; k < std::size(dtypes); ++k)
        if (const auto found = by_dtype.find(dtypes[k]); found != by_dtype.end()) {
            found->second.name = dtypes[k];
            found->second.ink = 2 * k;  // all of them round: squares are failures
            plot.series.push_back(std::move(found->second));
        }
    for (Series& series : worst_last(std::move(by_verdict))) plot.series.push_back(std::move(series));
    return svg(plot);
}

}  // namespace bncheck::report
