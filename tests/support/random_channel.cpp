#include "support/random_channel.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/core/random.hpp"

namespace bncheck::test {
namespace {

class Draw {
public:
    Draw(std::uint64_t seed, Dtype dtype)
        : stream_("test", "channel", name_of(dtype), seed),
          format_(format_of(dtype)),
          parameters_(format_of(statistics_dtype(dtype))) {}

    double uniform(double low, double high) { return low + (high - low) * stream_.uniform(next_++); }
    double normal() { return stream_.normal(next_++); }
    std::size_t below(std::size_t n) { return stream_.below(n, next_++); }
    bool chance(double p) { return stream_.uniform(next_++) < p; }
    double power_of_ten(double low, double high) { return std::pow(10.0, uniform(low, high)); }
    double sign() { return chance(0.5) ? 1 : -1; }

    std::size_t count() {
        const double p = uniform(0, 1);
        return p < 0.55 ? 1 + below(8) : p < 0.85 ? 9 + below(56) : p < 0.985 ? 65 + below(400) : 465 + below(4000);
    }

    std::vector<double> x(std::size_t m) {
        const double deviation = chance(0.7) ? power_of_ten(-3, 3) : power_of_ten(-12, 12);
        const double mean = chance(0.3) ? 0 : sign() * deviation * power_of_ten(-2, 8);
        const double largest = format_.largest() / 4;
        const std::size_t kind = below(12);
        std::vector<double> x(m);
        for (std::size_t i = 0; i < m; ++i) switch (kind) {
                case 0:
                    x[i] = deviation * std::round(4 * normal());
                    break;  // a lattice
                case 1:
                    x[i] = mean;
                    break;  // constant
                case 2:
                    x[i] = mean + (i % 2 ? deviation : -deviation);
                    break;  // alternating
                case 3:
                    x[i] = chance(0.5) ? mean : deviation;
                    break;  // two values
                case 4:
                    x[i] = sign() * std::ldexp(1 + uniform(0, 1), static_cast<int>(below(60)) - 30);
                    break;
                case 5:
                    x[i] = format_.smallest_subnormal() * static_cast<double>(below(1000)) * sign();
                    break;
                case 6:
                    x[i] = largest * uniform(-1, 1);
                    break;
                default:
                    x[i] = mean + deviation * normal();
                    break;
            }
        if (kind == 7) x[chance(0.5) ? 0 : below(m)] *= power_of_ten(1, 6);  // an outlier
        if (kind == 8) x[below(m)] = mean;                                   // xhat near 0
        if (kind == 9)                                                       // impulses
            for (std::size_t i = 0; i < m; ++i) x[i] = i % 16 == 3 ? std::fabs(x[i]) : 0;
        for (double& value : x) value = std::clamp(format_.round(value), -format_.largest(), format_.largest());
        return x;
    }

    std::vector<double> dy(const std::vector<double>& x) {
        const std::size_t kind = below(10);
        const double scale = chance(0.7) ? 1 : power_of_ten(-15, 12), offset = chance(0.5) ? 0 : power_of_ten(-2, 3);
        std::vector<double> dy(x.size());
        for (std::size_t i = 0; i < x.size(); ++i) switch (kind) {
                case 0:
                    dy[i] = scale;
                    break;  // uniform
                case 1:
                    dy[i] = 2 * x[i] + offset;
                    break;  // dx cancels
                case 2:
                    dy[i] = i % 16 == 3 ? scale * normal() : 0;
                    break;  // sparse
                case 3:
                    dy[i] = i % 2 ? scale : -scale;
                    break;
                case 4:
                    dy[i] = std::round(3 * normal());
                    break;
                case 5:
                    dy[i] = format_.smallest_subnormal() * static_cast<double>(below(1000));
                    break;
                default:
                    dy[i] = scale * (normal() + offset);
                    break;
            }
        if (kind == 6) dy[below(x.size())] *= power_of_ten(1, 6);
        for (double& value : dy) value = std::clamp(format_.round(value), -format_.largest(), format_.largest());
        return dy;
    }

    /// A float32 or float64 parameter.
    double parameter(double value) {
        return std::clamp(parameters_.round(value), -parameters_.largest(), parameters_.largest());
    }

private:
    RandomStream stream_;
    std::uint64_t next_ = 0;
    Format format_, parameters_;
};

double mean_square(const std::vector<double>& x) {
    double total = 0;
    for (double value : x) total += value * value / static_cast<double>(x.size());
    return total;
}

}  // namespace

TypedChannel::TypedChannel(Dtype type, const oracle::Channel& values) : dtype(type), channel(values) {
    if (dtype == Dtype::float64) return;
    for (const std::vector<double>& step : channel.x) x.emplace_back(step.begin(), step.end());
    if (channel.dy) dy.assign(channel.dy->begin(), channel.dy->end());
}

oracle::ChannelView TypedChannel::view() const {
    if (dtype == Dtype::float64) return channel.view();
    oracle::ChannelView view{channel, {x.begin(), x.end()}, {}};
    if (channel.dy) view.dy = dy;
    return view;
}

TypedChannel random_channel(std::uint64_t seed, Dtype dtype, std::size_t m) {
    Draw draw(seed, dtype);
    oracle::Channel c;
    const std::size_t drawn = draw.count();
    if (m == 0) m = drawn;
    c.training = m > 1 ? draw.chance(0.8) : draw.chance(0.5);
    const std::size_t steps = c.training && draw.chance(0.1) ? 2 + draw.below(2) : 1;
    for (std::size_t step = 0; step < steps; ++step) c.x.push_back(draw.x(m));
    c.dy = draw.dy(c.x.back());
    const double scale = mean_square(c.x.back());
    const std::size_t kind = draw.below(8);
    c.eps = kind == 0   ? 0
            : kind == 1 ? 1e-12
            : kind == 2 ? 1
            : kind == 3 ? draw.power_of_ten(-30, 30)
            : kind == 4 ? std::min(scale * draw.power_of_ten(-8, 2), 1e300)
                        : 1e-5;
    c.gamma = draw.parameter(draw.chance(0.1)   ? 0
                             : draw.chance(0.1) ? draw.sign() * draw.power_of_ten(-20, 20)
                                                : draw.normal());
    c.beta = draw.parameter(draw.chance(0.2) ? 0 : draw.chance(0.1) ? draw.sign() * draw.power_of_ten(-20, 20) : draw.normal());
    c.running = true;
    c.running_mean = draw.parameter(draw.chance(0.3) ? c.x.back()[0] : draw.normal());
    c.running_var = draw.parameter(draw.chance(0.1) ? 0 : draw.chance(0.2) ? scale : draw.uniform(0.5, 2));
    c.weights_are_complements = draw.chance(0.5);
    c.unbiased_running = draw.chance(0.5);
    for (std::size_t step = 0; step < steps; ++step) c.weights.push_back(draw.chance(0.2) ? 1 : draw.uniform(0, 1));
    if (draw.chance(0.1)) c.beta = draw.parameter(-c.gamma * (c.x.back()[0] - c.running_mean));  // y near 0
    if (c.beta != c.beta) c.beta = 0;
    return TypedChannel(dtype, c);
}

}  // namespace bncheck::test
