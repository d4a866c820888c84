#include "bncheck/report/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bncheck/core/markup.hpp"
#include "bncheck/report/plot_axis.hpp"

namespace bncheck::report {
namespace {

// In units of the figure, about pixels.
constexpr double width = 420, height = 250, right = 12, top = 26, bottom = 38;
constexpr double line = 14, row_height = 16;

struct Frame {
    double left, top, width, height;
    double x(double along) const { return left + along * width; }
    double y(double along) const { return top + (1 - along) * height; }
};

/// A tenth of a pixel is finer than anyone sees.
std::string at(double place) {
    std::string text = fmt::format("{:.1f}", place);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text.starts_with("0.") ? text.substr(1) : text;
}

std::string text(double x, double y, const std::string& look, const std::string& words) {
    return fmt::format("<text x={} y={}{}>{}</text>", at(x), at(y), look.empty() ? "" : " class=" + look, escaped(words));
}

std::string opening(const std::string& title, const std::string& description, double whole_height) {
    return fmt::format("<svg class=plot viewBox=\"0 0 {} {}\" role=img aria-label=\"{}\"><text x=0 y=13 class=title>{}</text>",
                       at(width), at(whole_height), escaped(description), escaped(title));
}

double longest(const std::vector<Scale::Tick>& ticks) {
    double most = 0;
    for (const Scale::Tick& tick : ticks) most = std::max(most, width_of(tick.label));
    return most;
}

std::string axes(const Plot& plot, const Scale& x, const Scale& y, const Frame& f) {
    std::string grid, labels;
    // The labels of the ends, and between them those that have room.
    constexpr double between = 4;
    double last = -1e9;
    const auto half_of = [](const Scale::Tick& tick) { return width_of(tick.label) / 2; };
    const double end = x.ticks().empty() ? 0 : f.x(x.ticks().back().at) - half_of(x.ticks().back());
    for (const Scale::Tick& tick : x.ticks()) {
        grid += fmt::format("M{} {}v{}", at(f.x(tick.at)), at(f.top), at(f.height));
        const double half = half_of(tick);
        const bool is_end = &tick == &x.ticks().back();
        if (f.x(tick.at) - half < last + between || (!is_end && f.x(tick.at) + half > end - between)) continue;
        last = f.x(tick.at) + half;
        labels += text(f.x(tick.at), f.top + f.height + line, "m", tick.label);
    }
    for (const Scale::Tick& tick : y.ticks()) {
        grid += fmt::format("M{} {}h{}", at(f.left), at(f.y(tick.at)), at(f.width));
        labels += text(f.left - 5, f.y(tick.at) + 4, "e", tick.label);
    }
    labels += text(f.left + f.width / 2, f.top + f.height + 2 * line + 2, "m", plot.x.label);
    if (!plot.y.label.empty())
        labels += fmt::format("<text class=m transform=\"translate(10 {}) rotate(-90)\">{}</text>", at(f.top + f.height / 2),
                              escaped(plot.y.label));
    return "<path class=grid d=\"" + grid + "\"/>" + labels;
}

std::string ink_of(const Series& series) {
    return series.ink_class.empty() ? "ink" + std::to_string(series.ink % inks) : "ink-" + series.ink_class;
}

std::string mark_of(const Series& series) { return std::to_string(series.ink % 2); }

bool has_points(const Series& series) { return series.look == Series::Look::points || series.look == Series::Look::joined; }

std::string drawn(const Series& series, const Scale& x, const Scale& y, const Frame& f) {
    std::string result = "<g class=" + ink_of(series) + ">";
    if (series.look != Series::Look::points) {
        std::string path;
        for (const PlotPoint& point : series.points)
            path += fmt::format("{}{} {}", path.empty() ? "M" : "L", at(f.x(x(point.x))), at(f.y(y(point.y))));
        result += fmt::format("<path class={} d=\"{}\"/>", series.look == Series::Look::dashed ? "dashed" : "line", path);
    }
    std::string dots;
    for (const PlotPoint& point : series.points) {
        if (!has_points(series)) break;
        const std::string px = at(f.x(x(point.x))), py = at(f.y(y(point.y)));
        if (point.title.empty() && point.target.empty()) {
            dots += "M" + px + " " + py + "h0";
            continue;
        }
        std::string use = fmt::format("<use href=#mark{} x={} y={} />", mark_of(series), px, py);
        if (!point.title.empty()) use = "<g><title>" + escaped(point.title) + "</title>" + use + "</g>";
        result += point.target.empty() ? use : fmt::format("<a href=\"#{}\" tabindex=-1>{}</a>", escaped(point.target), use);
    }
    if (!dots.empty()) result += fmt::format("<path class=dots{} d=\"{}\"/>", mark_of(series), dots);
    return result + "</g>";
}

/// Entries in rows from (left, y) on; sets y to the end.
std::string legend(const Plot& plot, double& y) {
    std::string result;
    double x = 12;
    for (const Series& series : plot.series) {
        if (series.name.empty()) continue;
        const double takes = (series.look == Series::Look::points ? 28 : 34) + width_of(series.name);
        if (x + takes > width && x > 12) {
            x = 12;
            y += line;
        }
        result += "<g class=" + ink_of(series) + ">";
        if (series.look != Series::Look::points)
            result += fmt::format("<path class={} d=\"M{} {}h14\"/>", series.look == Series::Look::dashed ? "dashed" : "line",
                                  at(x - 7), at(y - 4));
        if (has_points(series)) result += fmt::format("<use href=#mark{} x={} y={} />", mark_of(series), at(x), at(y - 4));
        result += "</g>" + text(x + 10, y, "", series.name);
        x += takes;
    }
    return result;
}

std::string described(const Plot& plot) {
    std::string names;
    for (const Series& series : plot.series)
        if (!series.name.empty()) names += (names.empty() ? ": " : ", ") + series.name;
    return plot.title + ". " + (plot.y.label.empty() ? "" : plot.y.label + " by ") + plot.x.label + names;
}

std::size_t heat_of(double value, const HeatMap& map) {
    std::size_t edge = 0;
    while (edge + 1 < map.edges.size() && !(value <= map.edges[edge].first)) ++edge;
    return edge;
}

}  // namespace

std::string svg(const Plot& plot) {
    std::vector<double> xs, ys;
    for (const Series& series : plot.series)
        for (const PlotPoint& point : series.points) {
            xs.push_back(point.x);
            ys.push_back(point.y);
        }
    if (plot.x_limit) xs.push_back(*plot.x_limit);
    const Scale x(plot.x, xs), y(plot.y, ys);
    const double left = (plot.y.label.empty() ? 6 : 20) + longest(y.ticks()) + 5;
    const double wanted = plot.y.steps.empty() ? height - top - bottom : line * static_cast<double>(plot.y.steps.size()) + 8;
    // The limit's name has a line of its own below the title.
    const Frame f{left, top + (plot.x_limit ? line : 0), width - left - right, wanted};
    double below = f.top + f.height + bottom + line;
    const std::string names = legend(plot, below);
    std::string result = opening(plot.title, described(plot), names.empty() ? f.top + f.height + bottom : below + 6);
    result += axes(plot, x, y, f);
    if (plot.x_limit)
        result += fmt::format("<path class=limit d=\"M{} {}v{}\"/>", at(f.x(x(*plot.x_limit))), at(f.top), at(f.height)) +
                  text(std::min(f.x(x(*plot.x_limit)), width - 20), f.top - 3, "m", plot.limit_name);
    for (const Series& series : plot.series) result += drawn(series, x, y, f);
    return result + names + "</svg>";
}

std::string svg(const HeatMap& map) {
    double left = 0;
    for (const std::string& row : map.rows) left = std::max(left, width_of(row) + 8);
    const double cell = std::min(24.0, (width - left - right) / static_cast<double>(map.columns.size()));
    std::string cells, labels, crosses;
    // As high where cells are narrow.
    const auto cross = [&](double x, double y) {
        const double high = 6, wide = std::clamp(cell / 2 - 2, 1.0, high);
        crosses += fmt::format("M{0} {1}l{2} {3}m0-{3}l-{2} {3}", at(x - wide), at(y - high), at(2 * wide), at(2 * high));
    };
    double last = -1e9;
    for (std::size_t k = 0; k < map.columns.size(); ++k) {
        const double middle = left + (static_cast<double>(k) + 0.5) * cell, half = width_of(map.columns[k]) / 2;
        if (middle - half < last + 6 || middle + half > width) continue;
        last = middle + half;
        labels += text(middle, top + row_height * static_cast<double>(map.rows.size()) + line, "m", map.columns[k]);
    }
    for (std::size_t r = 0; r < map.rows.size(); ++r) {
        const std::vector<double>& values = map.values[r];
        const double y = top + row_height * static_cast<double>(r);
        labels += text(left - 5, y + 12, "e", map.rows[r]);
        // Neighbours of one colour are one rectangle.
        for (std::size_t k = 0, end; k < values.size(); k = end) {
            const std::size_t heat = heat_of(values[k], map);
            double most = 0;
            for (end = k; end < values.size() && heat_of(values[end], map) == heat; ++end) most = std::max(most, values[end]);
            const std::string columns = map.columns[k] + (end == k + 1 ? "" : " to " + map.columns[end - 1]);
            cells += fmt::format("<rect class=heat{} x={} y={} width={} height=15><title>{}, {} {}: {:.3g}</title></rect>",
                                 heat, at(left + static_cast<double>(k) * cell), at(y), at(static_cast<double>(end - k) * cell),
                                 escaped(map.rows[r]), map.column_label, columns, most);
            for (std::size_t column = k; column < end && !(most <= map.limit); ++column)
                cross(left + (static_cast<double>(column) + 0.5) * cell, y + 7.5);
        }
    }
    double y = top + row_height * static_cast<double>(map.rows.size()) + 2 * line;
    labels += text(left + cell * static_cast<double>(map.columns.size()) / 2, y, "m", map.column_label);
    y += line + 2;
    double x = 6;
    for (std::size_t k = 0; k < map.edges.size(); ++k) {
        labels += fmt::format("<rect class=heat{} x={} y={} width=12 height=11 />", k, at(x), at(y - 10)) +
                  text(x + 17, y, "", map.edges[k].second);
        if (map.edges[k].first > map.limit) cross(x + 6, y - 4.5);
        x += 30 + width_of(map.edges[k].second);
    }
    if (!crosses.empty()) crosses = "<path class=crosses d=\"" + crosses + "\"/>";
    return opening(map.title, map.title + ". " + map.row_label + " by " + map.column_label, y + 6) + cells + labels + crosses +
           "</svg>";
}

std::string plot_marks() {
    return "<svg width=0 height=0 class=marks aria-hidden=true><defs><circle id=mark0 r=3 /><path id=mark1 "
           "d=\"M-3-3h6v6h-6z\"/>"
           "</defs></svg>";
}

}  // namespace bncheck::report
