#include "bncheck/properties/transform.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "bncheck/core/random.hpp"

namespace bncheck::properties {
namespace {

/// A step between the numbers of a format up to `largest`: its multiples up to the next power of two above are numbers of it.
double grid_up_to(double largest, const Format& format) {
    return std::max(std::ldexp(1.0, std::ilogb(largest) + 1 - format.precision), format.smallest_subnormal());
}

double rounded_to(double grid, double value) { return std::nearbyint(value / grid) * grid; }

/// Whether all numbers up to the power of two above `largest` are finite ones of the format.
bool fits(double largest, const Format& format) { return std::ilogb(largest) < format.max_exponent; }

/// A power of two of about half the spread of the values: small enough that the conditioning stays, large enough that whatever
/// does not move along is seen. At least twice the last bit of the largest value, so that it is a multiple of the grid.
double shift_of(const std::vector<double>& x, const Format& format) {
    const auto [least, most] = std::minmax_element(x.begin(), x.end());
    const double largest = std::max(std::fabs(*least), std::fabs(*most));
    const double spread = *most > *least ? *most - *least : largest > 0 ? largest : 1;
    return std::max(std::ldexp(1.0, std::ilogb(spread)), largest > 0 ? 2 * grid_up_to(largest, format) : 0);
}

}  // namespace

std::vector<std::size_t> permutation(const suite::Case& c, std::size_t channel) {
    const RandomStream stream(c.suite, c.name, "permutation", c.seed);
    std::vector<std::size_t> order(c.shape.count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i-- > 1;)
        std::swap(order[i], order[stream.below(i, i, static_cast<std::uint32_t>(channel))]);
    return order;
}

Instance permuted(const Instance& instance) {
    Instance result = instance;
    for (std::size_t channel = 0; channel < instance.c.shape.channels(); ++channel) {
        const std::vector<std::size_t> order = permutation(instance.c, channel);
        for (const char* tensor : {"x", "dy"}) {
            const std::vector<double> values = instance.channel(tensor, channel);
            std::vector<double> moved(values.size());
            for (std::size_t i = 0; i < values.size(); ++i) moved[i] = values[order[i]];
            result.set_channel(tensor, channel, moved);
        }
    }
    return result;
}

Shift shifted(const Instance& instance) {
    const suite::Case& c = instance.c;
    Shift shift{instance, instance, std::vector<double>(c.shape.channels()), std::vector<std::string>(c.shape.channels())};
    const Format format = format_of(c.dtype), statistics = format_of(statistics_dtype(c.dtype));
    for (std::size_t channel = 0; channel < c.shape.channels(); ++channel) {
        std::vector<double> x = instance.channel("x", channel);
        std::string& obstacle = shift.obstacles[channel];
        if (!std::all_of(x.begin(), x.end(), [](double v) { return std::isfinite(v); })) {
            obstacle = "x is not finite";
            continue;
        }
        const double by = shift_of(x, format);
        double largest = 0;
        for (double value : x) largest = std::max(largest, std::fabs(value));
        if (!fits(largest + by, format)) {
            obstacle = "x + c is beyond the largest number of the type";
            continue;
        }
        if (!c.training) {
            const double mean = instance.parameter("running_mean", channel, 0);
            const double mean_grid = std::isfinite(mean) ? grid_up_to(std::fabs(mean) + by, statistics) : by * 2;
            if (mean_grid > by) {
                obstacle = "running_mean + c is not exact for a c that x allows";
                continue;
            }
            shift.from.inputs.at("running_mean").set(channel, rounded_to(mean_grid, mean));
            shift.to.inputs.at("running_mean").set(channel, rounded_to(mean_grid, mean) + by);
        }
        // Multiples of the grid below 2^E, E the exponent above largest + c, have at most p bits; so have their sums with c.
        const double grid = grid_up_to(largest + by, format);
        for (double& value : x) value = rounded_to(grid, value);
        shift.from.set_channel("x", channel, x);
        for (double& value : x) value += by;
        shift.to.set_channel("x", channel, x);
        shift.by[channel] = by;
    }
    return shift;
}

Scaled scaled(const Instance& instance, const bn::Convention& convention, int k) {
    Scaled result{instance, ""};
    suite::Case& c = result.instance.c;
    c.eps = std::ldexp(instance.c.eps, 2 * k);
    if (c.eps < convention.minimum_eps) {
        result.obstacle = "4^k eps is below the minimum of " + std::string(convention.name);
        return result;
    }
    if (std::ldexp(c.eps, -2 * k) != instance.c.eps) {
        result.obstacle = "4^k eps is not exact";
        return result;
    }
    for (const auto& [name, power] : {std::pair{"x", 1}, std::pair{"running_mean", 1}, std::pair{"running_var", 2}}) {
        const auto found = result.instance.inputs.find(name);
        if (found == result.instance.inputs.end()) continue;
        Tensor& tensor = found->second;
        for (std::size_t p = 0; p < tensor.size(); ++p) {
            const double value = tensor.at(p);
            if (!std::isfinite(value)) continue;
            tensor.set(p, std::ldexp(value, power * k));
            // An overflow and the lost bits of a subnormal number do not come back.
            if (std::ldexp(tensor.at(p), -power * k) != value) {
                result.obstacle = "2^k " + std::string(name) + " is not exact";
                return result;
            }
        }
    }
    return result;
}

}  // namespace bncheck::properties
