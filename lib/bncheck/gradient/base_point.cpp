#include "bncheck/gradient/base_point.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::gradient {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The largest power of two not above a positive number.
double power_below(double value) { return std::ldexp(1.0, std::ilogb(value)); }

}  // namespace

Line coordinate_line(const BasePoint& base) {
    const double m = base.m();
    Line line;
    line.mean_abs = line.mean = 1 / m;
    line.deviation = 1;
    line.spread = base.parameters.training ? (1 - 1 / m) / m : 0;
    return line;
}

Line direction_line(const BasePoint& base, const std::vector<signed char>& signs) {
    double sum = 0;
    for (signed char sign : signs) sum += sign;
    Line line;
    line.mean_abs = 1;
    line.mean = std::fabs(sum) / base.m();
    line.deviation = 1 + line.mean;
    line.spread = base.parameters.training ? 1 - line.mean * line.mean : 0;
    return line;
}

Steps steps_along(const BasePoint& base, const Line& line, double noise, std::size_t count) {
    Steps steps;
    steps.count = count;
    const double p = static_cast<double>(count), per_rho = base.r() * std::sqrt(line.spread);  // 1 / rho
    // Of order 2(p - 1) it is left ((p - 1)!)^2 tau^(2p - 2), tau = h / (rho / 2) (gradient/richardson.hpp), and noise is about
    // noise / tau: least near tau = noise^(1 / (2p - 1)). A quarter of rho is the most that is reached.
    const double tau = std::min(std::pow(std::max(noise, 0x1p-60), 1 / (2 * p - 1)), 1 / (2 * p));
    // Where y is linear a step of 1/r, one standard deviation, changes y by gamma.
    const double wanted = line.spread > 0 ? tau / (2 * per_rho) : 1 / (base.r() * p);
    steps.h = std::max(power_below(wanted), base.grid);
    const bool fits = std::isfinite(steps.h) && steps.reach() * line.most + base.facts.x.back().max_abs <= base.reach;
    steps.share = fits && base.scales_hold() ? steps.reach() * per_rho : infinity;
    if (!(steps.share <= 0.5)) steps.share = infinity;
    return steps;
}

bool set_base_point(BasePoint& base, const oracle::ChannelView& view, Dtype dtype) {
    base.parameters = view;
    base.dtype = dtype;
    const Values& given = view.x.back();
    const std::size_t m = given.size();
    oracle::ChannelView at{view, {given}, {}};
    at.weights.clear();
    at.running = false;
    const oracle::ChannelFacts first = oracle::facts_of(at, dtype);
    if (!(first.q > 0) || !std::isfinite(first.q) || !std::isfinite(first.r) || !std::isfinite(first.x.back().max_abs))
        return false;
    const Format format = format_of(dtype);
    // A quarter of rho along a coordinate, sqrt(m / (1 - 1/m)) / r, or a standard deviation.
    const double longest = std::max(std::sqrt(2 * static_cast<double>(m)) / 4, 1.0) / first.r;
    const double most = first.x.back().max_abs + longest;
    if (!(most < format.largest() / 2)) return false;
    // Magnitudes below 2^e in units of 2^(e - precision): `precision` bits.
    base.reach = 2 * power_below(most);
    base.grid = std::max(std::ldexp(base.reach, -format.precision), format.smallest_subnormal());
    base.x = ChannelBuffer(dtype, m);
    base.x.visit([&](auto values) {
        using S = typename decltype(values)::value_type;
        for (std::size_t i = 0; i < m; ++i) values[i] = static_cast<S>(std::nearbyint(given[i] / base.grid) * base.grid);
    });
    at.x = {base.x.values()};
    base.view = at;
    base.facts = oracle::facts_of(base.view, dtype);
    if (!(base.facts.q > 0) || !std::isfinite(base.facts.r)) return false;
    base.xhat.resize(m);
    base.most_xhat = 0;
    for (std::size_t i = 0; i < m; ++i) {
        base.xhat[i] = ((base.view.x.back()[i] - base.facts.hi) - base.facts.lo) * base.facts.r;
        base.most_xhat = std::max(base.most_xhat, std::fabs(base.xhat[i]));
    }
    return true;
}

}  // namespace bncheck::gradient
