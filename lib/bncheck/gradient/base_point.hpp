#pragma once

#include <cmath>
#include <optional>
#include <vector>

#include "bncheck/core/channel_buffer.hpp"
#include "bncheck/oracle/facts.hpp"

// The point about which a candidate's forward is differenced, and lines x + t v through it.
//
// In training v(t) = mean (d + t dv)^2 with d = x - mu, dv = v - mean v, so q(t) = q + 2 t mean(d dv) + t^2 w, w = mean dv^2.
// As mean(d dv)^2 <= v w <= q w, its roots are a conjugate pair of modulus rho = sqrt(q / w) = 1 / (r sqrt(w)): y is analytic
// in |t| < rho, and |q(t)| >= w (rho - |t|)^2 = q (1 - |t| / rho)^2 there. One coordinate of m has w = (1 - 1/m) / m, so that
// steps may be sqrt(m) stddevs long; a direction of signs has w about 1. In inference y is linear in t: w = 0.
namespace bncheck::gradient {

/// One channel of a forward at x rounded to a grid, so that steps of whole grid units are exact in the data's type.
struct BasePoint {
    oracle::ChannelParameters parameters;
    Dtype dtype = Dtype::float32;
    ChannelBuffer x;
    oracle::ChannelView view;  ///< of all that, without dy
    oracle::ChannelFacts facts;
    std::vector<double> xhat;  ///< within facts.radii.xhat
    double most_xhat = 0;      ///< max |xhat|
    double grid = 0;           ///< a power of two; x +- k grid is a number of the type while its magnitude is below `reach`
    double reach = 0;

    double m() const { return view.count(); }
    double r() const { return facts.r; }
    double scale() const { return parameters.gamma * facts.r; }
    /// Whether gamma r and gamma r^2, the factors of all derivatives, are among the normal doubles: else their values are wrong
    /// by more than any estimate knows of.
    bool scales_hold() const { return parameters.gamma == 0 || (std::isnormal(scale()) && std::isnormal(scale() * facts.r)); }
    BasePoint() = default;
    BasePoint(BasePoint&&) = delete;  // the view points into x
};

/// A direction v by what matters of it.
struct Line {
    double spread = 0;     ///< w; 0 in inference
    double mean_abs = 0;   ///< mean |v|
    double mean = 0;       ///< |mean v|
    double most = 1;       ///< max |v|
    double deviation = 1;  ///< max |dv|
};
Line coordinate_line(const BasePoint& base);
Line direction_line(const BasePoint& base, const std::vector<signed char>& signs);

/// Steps h, 2h, ..., `steps` h along a line. h is a power of two, and whole grid units of x.
struct Steps {
    double h = 0;
    std::size_t count = 2;
    double reach() const { return h * static_cast<double>(count); }
    /// reach / rho: below 1/2 the function is analytic on a disc twice as wide. Infinite where no step is both small beside the
    /// scale of variation and large beside the last digit of the data, or where the base point's scales do not hold.
    double share = 0;
};

/// The step that balances what h leaves of the estimate of order 2 (count - 1), which Ridders' error measures, with noise:
/// `noise` is the error of y over |gamma|.
Steps steps_along(const BasePoint& base, const Line& line, double noise, std::size_t count);

/// Sets x to the view's, rounded to the grid of steps of at most a quarter of rho along coordinates, and all that follows from
/// it. The forward must have a derivative: 0 < q < infinity; else false.
bool set_base_point(BasePoint& base, const oracle::ChannelView& view, Dtype dtype);

}  // namespace bncheck::gradient
