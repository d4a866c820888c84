#include "bncheck/report/plot_axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bncheck::report {
namespace {

constexpr int most_ticks = 6;

/// The part of an axis that a place beyond an end takes.
constexpr double beyond = 0.09;

std::string power_of_ten(int exponent) {
    if (exponent >= -2 && exponent <= 2) return fmt::format("{:g}", std::pow(10, exponent));
    return "10" + superscript(exponent);
}

std::string multiple_of_power(int times, int exponent) {
    if (exponent >= -2 && exponent <= 2) return fmt::format("{:g}", times * std::pow(10, exponent));
    return std::to_string(times) + "·" + power_of_ten(exponent);
}

}  // namespace

std::string superscript(int number) {
    static constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text = number < 0 ? "⁻" : "";
    for (const char digit : std::to_string(std::abs(number))) text += digits[digit - '0'];
    return text;
}

double width_of(const std::string& text) {
    // Of UTF-8 the bytes that begin a character.
    return 6.0 * static_cast<double>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Scale::Scale(const Axis& axis, const std::vector<double>& values) : logarithmic_(axis.steps.empty() && axis.logarithmic) {
    if (!axis.steps.empty()) {
        add_steps(axis.steps);
        return;
    }
    std::vector<double> finite;
    for (const double value : values) {
        if (!std::isfinite(value))
            infinite_ = true;
        else if (!logarithmic_)
            finite.push_back(value);
        else if (value > 0)
            finite.push_back(std::log10(value));
        else
            zero_ = true;
    }
    for (const auto& end : {axis.least, axis.most})
        if (end) finite.push_back(logarithmic_ ? std::log10(*end) : *end);
    if (finite.empty()) finite = {0};
    low_ = *std::min_element(finite.begin(), finite.end());
    high_ = *std::max_element(finite.begin(), finite.end());
    if (logarithmic_) {
        low_ = std::floor(low_);
        high_ = std::max(std::ceil(high_), low_ + 1);
    } else if (high_ == low_) {
        high_ = low_ + 1;
    }
    if (zero_) begin_ = beyond;
    if (infinite_) end_ = 1 - beyond;
    if (zero_) ticks_.push_back({0, "0"});
    logarithmic_ ? add_decades() : add_numbers();
    if (infinite_) ticks_.push_back({1, "∞"});
}

double Scale::operator()(double value) const {
    if (!std::isfinite(value)) return 1;
    if (logarithmic_ && value <= 0) return 0;
    const double along = ((logarithmic_ ? std::log10(value) : value) - low_) / (high_ - low_);
    return begin_ + std::clamp(along, 0.0, 1.0) * (end_ - begin_);
}

void Scale::add_steps(const std::vector<std::string>& steps) {
    // Half a step is left at both ends.
    low_ = -0.5;
    high_ = static_cast<double>(steps.size()) - 0.5;
    for (std::size_t k = 0; k < steps.size(); ++k) ticks_.push_back({(*this)(static_cast<double>(k)), steps[k]});
}

void Scale::add_decades() {
    const int low = static_cast<int>(low_), high = static_cast<int>(high_), step = (high - low) / most_ticks + 1;
    for (int decade = low; decade <= high; ++decade) {
        if (decade % step != 0) continue;
        const auto add = [&](int times, const std::string& label) {
            const double place = decade + std::log10(times);
            if (place <= high_) ticks_.push_back({begin_ + (place - low_) / (high_ - low_) * (end_ - begin_), label});
        };
        add(1, power_of_ten(decade));
        // Where powers alone would be two or three.
        for (const int times : {2, 5})
            if (high - low <= 2) add(times, multiple_of_power(times, decade));
    }
}

void Scale::add_numbers() {
    const double rough = (high_ - low_) / most_ticks, decade = std::pow(10, std::floor(std::log10(rough)));
    const double step = decade * (rough <= decade ? 1 : rough <= 2 * decade ? 2 : rough <= 5 * decade ? 5 : 10);
    low_ = std::floor(low_ / step) * step;
    high_ = std::ceil(high_ / step) * step;
    const auto count = static_cast<int>(std::lround((high_ - low_) / step));
    for (int k = 0; k <= count; ++k) {
        const double value = low_ + k * step;
        ticks_.push_back({(*this)(value), fmt::format("{:.4g}", std::fabs(value) < step / 2 ? 0 : value)});
    }
}

}  // namespace bncheck::report
