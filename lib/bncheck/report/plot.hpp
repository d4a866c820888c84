#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bncheck::report {

/// A direction of a plot.
struct Axis {
    std::string label;  ///< with its unit
    bool logarithmic = true;
    std::vector<std::string> steps;  ///< names of the places 0, 1, ...; else numbers
    std::optional<double> least;     ///< shown at least from here, linear
    std::optional<double> most;      ///< and to here
};

/// A point; on a logarithmic axis 0 and infinity have places of their own beyond the ends.
struct PlotPoint {
    double x = 0, y = 0;
    std::string title;   ///< what is told where it is pointed at; may be empty
    std::string target;  ///< fragment of the page that it leads to; may be empty
};

struct Series {
    enum class Look { points, line, dashed, joined };  ///< joined: points and a line
    std::string name;                                  ///< in the legend, where it is not empty
    Look look = Look::points;
    std::size_t ink = 0;  ///< colour and mark, inks of them; or an entry of `ink_classes` by its name
    std::string ink_class;
    std::vector<PlotPoint> points;
};

/// How many colours and marks differ.
inline constexpr std::size_t inks = 8;

struct Plot {
    std::string title;
    Axis x, y;
    std::vector<Series> series;
    std::optional<double> x_limit;  ///< a line across, named in `limit_name`
    std::string limit_name;
};

/// A figure as inline SVG with axes, units, legend and a text for those who don't see it. Colours are classes of the page's
/// style (ink0 to ink7, ink-pass and so on), marks are those of plot_marks(), which the page has once.
std::string svg(const Plot& plot);

/// Rows and columns of values, each in a colour by `edges`: a value belongs to the first that it does not exceed. What exceeds
/// `limit` is crossed out.
struct HeatMap {
    std::string title, row_label, column_label;
    std::vector<std::string> rows, columns;
    std::vector<std::vector<double>> values;            ///< by row; of each as many as there are columns, or fewer
    std::vector<std::pair<double, std::string>> edges;  ///< ascending, the last infinite, each with its legend
    double limit = 1;
};
std::string svg(const HeatMap& map);

/// The marks that figures refer to, as an element of the page.
std::string plot_marks();

}  // namespace bncheck::report
