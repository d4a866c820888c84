#include "bncheck/properties/scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "bncheck/core/tensor_name.hpp"
#include "bncheck/properties/transform.hpp"

namespace bncheck::properties {
namespace {

/// Exponents of a power of two in what a tensor is multiplied by where x is by 2^k, in units of k.
int power_of(const std::string& tensor) {
    if (tensor == "save_mean" || tensor == "running_mean") return 1;
    if (tensor == "save_var" || tensor == "running_var") return 2;
    return tensor == "save_invstd" || tensor == "dx" ? -1 : 0;
}

/// Magnitudes of a kind of intermediate result that aren't 0, and its exponent as power_of().
struct Range {
    int power;
    double least = std::numeric_limits<double>::infinity(), most = 0;
    void add(double value) {
        const double magnitude = std::fabs(value);
        if (magnitude == 0) return;
        least = std::min(least, magnitude);
        most = std::max(most, magnitude);
    }
    /// Whether all of them and 2^(power k) of them lie between `low` and `high`.
    bool fits(int k, double low, double high) const {
        const int e = power * k;
        return most == 0 || (least >= low && most <= high && std::ldexp(least, e) >= low && std::ldexp(most, e) <= high);
    }
};

/// What a kernel of one channel multiplies, adds and divides on its way, as far as scaling moves it: products of dy and xhat
/// alone do not change.
std::vector<Range> ranges(const ChannelModel& model) {
    const oracle::ChannelView& view = model.view();
    const oracle::ChannelFacts& facts = model.facts();
    Range x{1}, squares{2}, products{1}, dx{-1}, dr{-2}, variance{2}, inverse{-1}, cube{-3};
    const double r = facts.r, gamma_r = view.gamma * r, largest = facts.x.back().max_abs;
    for (std::size_t i = 0; i < view.x.back().size(); ++i) {
        const double deviation = (model.x(i) - facts.hi) - facts.lo;
        // What is below 2^-24 of the largest x may be the rounding of a mean, as small as may be. It is added, which cannot
        // underflow, and its square is lost in a sum with the others, or beside eps.
        for (double value : {model.x(i), deviation}) {
            if (std::fabs(value) < 0x1p-24 * largest) continue;
            x.add(value);
            squares.add(value * value);
        }
        if (!view.backward()) continue;
        dx.add(view.dy[i] * gamma_r);
        if (std::fabs(deviation) < 0x1p-24 * largest) continue;
        products.add(view.dy[i] * deviation);
        dr.add(view.dy[i] * deviation * gamma_r * r * r);
    }
    x.add(view.running_mean);
    for (double value : {view.running_var, view.eps, facts.q}) variance.add(value);
    for (double value : {r, gamma_r}) inverse.add(value);
    cube.add(r * r * r);
    return {x, squares, products, dx, dr, variance, inverse, cube};
}

/// Why 2^k cannot be asked of a channel, or "".
std::string obstacle(const ChannelModel& model, const suite::Case& c, int k) {
    const Format statistics = format_of(statistics_dtype(c.dtype)), stored = format_of(c.dtype);
    // On each side room for a sum of m terms or a factor 1/m, and below for what cancellation leaves of p bits.
    const int guard = statistics.precision + static_cast<int>(std::ceil(std::log2(model.view().count()))) + 2;
    const double low = std::ldexp(statistics.smallest_normal(), guard), high = std::ldexp(statistics.largest(), -guard);
    for (const Range& range : ranges(model))
        if (!range.fits(k, low, high)) return "an intermediate result may over- or underflow";
    for (std::size_t i = 0; model.view().backward() && i < model.view().dy.size(); ++i)
        if (const double dx = std::fabs(model.dx(i)) * (1 + 0x1p-6);
            !(dx <= stored.largest() && std::ldexp(dx, -k) <= stored.largest()))
            return "dx may overflow";
    return "";
}

/// What two stored numbers may differ by that come from the same value, once times 2^e: nothing where both are above the
/// smallest normal number. Rounding to a subnormal number, or up to the smallest normal one, has moved it by up to half the
/// smallest subnormal, flushing to zero by all of it; 2^e multiplies that.
double tolerance(double value, int e, const Format& format, bool flushes) {
    const double moved = std::ldexp(std::fabs(value), e), smallest = format.smallest_normal();
    const double lost = flushes ? smallest : format.smallest_subnormal() / 2;
    return std::fabs(value) > smallest && moved > smallest ? 0 : lost * (1 + std::ldexp(1.0, e));
}

struct Choice {
    int k = 0;  ///< 0: none
    Instance instance;
    std::vector<std::string> obstacles;  ///< by channel, of those that the property says nothing of
    std::string reason;
};

/// The largest 2^k of a sign that all channels can be asked of. Channels of which no identity holds do not count.
Choice choose(const Subject& subject, const Instance& instance, int sign) {
    Choice choice;
    const std::size_t channels = instance.c.shape.channels();
    choice.obstacles.resize(channels);
    std::vector<std::unique_ptr<ChannelModel>> models;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        models.push_back(std::make_unique<ChannelModel>(instance, subject, channel));
        choice.obstacles[channel] = models.back()->obstacle();
    }
    // float16 bears 2^4, float32 2^16, float64 2^64, of data around 1.
    for (int size : {64, 16, 4, 1}) {
        const int k = sign * size;
        Scaled candidate = scaled(instance, *subject.convention, k);
        choice.reason = candidate.obstacle;
        for (std::size_t channel = 0; channel < channels && choice.reason.empty(); ++channel)
            if (choice.obstacles[channel].empty()) choice.reason = obstacle(*models[channel], instance.c, k);
        if (!choice.reason.empty()) continue;
        choice.k = k;
        choice.instance = std::move(candidate.instance);
        return choice;
    }
    return choice;
}

/// A scaled instance and what the candidate gave for it.
struct Answered {
    Choice choice;
    suite::Tensors outputs;
};

void compare(const suite::Case& c, const suite::Tensors& outputs, const Answered& answered, bool flushes,
             const std::vector<std::string>& tensors, std::size_t channel, TensorMap& found) {
    for (const std::string& tensor : tensors) {
        const auto from = outputs.find(tensor), to = answered.outputs.find(tensor);
        if (from == outputs.end() || to == answered.outputs.end()) continue;
        const Format format = format_of(dtype_of(c, tensor));
        const int e = power_of(tensor) * answered.choice.k;
        const std::size_t n = tensor_name::is_elementwise(tensor) ? c.shape.count() : 1;
        for (std::size_t i = 0; i < n; ++i) {
            const double value = output_at(c, from->second, tensor, channel, i), want = std::ldexp(value, e);
            const double got = output_at(c, to->second, tensor, channel, i);
            judge::ChannelBounds::PerClass allowed;
            // What did overflow, in either run, is beyond the property.
            const bool overflows = !std::isfinite(value) || std::fabs(want) > format.largest();
            allowed.fill(overflows ? std::numeric_limits<double>::infinity() : tolerance(value, e, format, flushes));
            add(found[tensor], {channel, i, got, {want}}, allowed, {AccuracyClass::rounded, 0, format});
        }
    }
}

}  // namespace

std::vector<Finding> scale_invariance(const Subject& subject, const Instance& instance, const suite::Tensors& outputs) {
    const suite::Case& c = instance.c;
    std::vector<std::string> tensors = forward_outputs(subject, c);
    for (const std::string& tensor : backward_outputs(subject, c)) tensors.push_back(tensor);
    Finding model = skipped("scale", tensors.front(), "");
    if (ask(subject, instance) != outputs) {
        model.reason = "two runs of the candidate give different bits";
        return {model};
    }
    std::vector<Answered> answered;
    std::string chosen, refused;
    for (int sign : {1, -1}) {
        Choice choice = choose(subject, instance, sign);
        if (choice.k == 0) {
            refused += std::string(refused.empty() ? "" : "; ") + (sign > 0 ? "no k > 0: " : "no k < 0: ") + choice.reason;
            continue;
        }
        chosen += (chosen.empty() ? "k = " : ", ") + std::to_string(choice.k);
        suite::Tensors moved = ask(subject, choice.instance);
        answered.push_back({std::move(choice), std::move(moved)});
    }
    model.reason = chosen + (chosen.empty() || refused.empty() ? "" : "; ") + refused;
    if (answered.empty()) return {model};
    const bool flushes = subject.candidate.hello().flushes_to_zero;
    return over_channels(c.shape.channels(), model, tensors, [&](std::size_t channel, TensorMap& found) {
        for (const Answered& a : answered)
            if (a.choice.obstacles[channel].empty()) compare(c, outputs, a, flushes, tensors, channel, found);
        return answered.front().choice.obstacles[channel];
    });
}

}  // namespace bncheck::properties
