#include <algorithm>
#include <limits>

#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {

std::vector<PlantedBug> forward_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::forward;
    return {
        {"eps-outside-root", kind, "eps is added to the standard deviation, not to the variance", normalizer,
         [](StagedChannel& s) { s.r = 1 / (std::sqrt(s.v) + s.eps); }},
        {"eps-forgotten", kind, "the variance is taken without eps", inputs, [](StagedChannel& s) { s.eps = 0; }},
        {"eps-squared", kind, "eps is taken for a standard deviation and squared", inputs,
         [](StagedChannel& s) { s.eps *= s.eps; }},
        {"eps-rooted", kind, "the root of eps is added to the variance", inputs,
         [](StagedChannel& s) { s.eps = std::sqrt(s.eps); }},
        {"eps-twice", kind, "eps is added when the variance is stored and again before the root", inputs,
         [](StagedChannel& s) { s.eps *= 2; }},
        {"eps-at-least-1e-5", kind, "a smaller eps is silently raised to 1e-5", inputs,
         [](StagedChannel& s) { s.eps = std::max(s.eps, 1e-5); }},
        {"eps-constant", kind, "eps is 1e-5 whatever is asked", inputs, [](StagedChannel& s) { s.eps = 1e-5; }},
        {"eps-zero-is-default", kind, "an eps of 0 counts as not given, and becomes 1e-5", inputs,
         [](StagedChannel& s) { s.eps = s.eps == 0 ? 1e-5 : s.eps; }},
        {"eps-in-float16", kind, "eps passes through float16, where 1e-12 is zero", inputs,
         [](StagedChannel& s) { s.eps = format_of(Dtype::float16).round(s.eps); }},
        {"eps-as-floor", kind, "the variance is max(v, eps) where it should be v + eps", normalizer,
         [](StagedChannel& s) { s.r = 1 / std::sqrt(std::max(s.v, s.eps)); }},
        {"root-forgotten", kind, "x - mean is divided by the variance", normalizer, [](StagedChannel& s) { s.r = 1 / s.q; }},
        {"mean-not-subtracted", kind, "y is gamma r x + beta", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.gamma * s.r * s.x[i] + s.beta; })},
        {"gamma-forgotten", kind, "y is xhat + beta", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.xhat(i) + s.beta; })},
        {"gamma-absolute", kind, "the sign of gamma is lost", output,
         each_element([](const StagedChannel& s, std::size_t i) { return std::fabs(s.gamma) * s.xhat(i) + s.beta; })},
        {"gamma-plus-one", kind, "gamma is taken to be stored less one", output,
         each_element([](const StagedChannel& s, std::size_t i) { return (1 + s.gamma) * s.xhat(i) + s.beta; })},
        {"gamma-beta-swapped", kind, "gamma is added and beta multiplies", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.beta * s.xhat(i) + s.gamma; })},
        {"beta-forgotten", kind, "y is gamma xhat", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.gamma * s.xhat(i); })},
        {"beta-subtracted", kind, "y is gamma xhat - beta", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.gamma * s.xhat(i) - s.beta; })},
        {"beta-before-gamma", kind, "y is gamma (xhat + beta)", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.gamma * (s.xhat(i) + s.beta); })},
        {"affine-false-is-zero", kind, "without gamma the buffer of gamma is all zeros, and is used", inputs,
         [](StagedChannel& s) {
             if (!s.c.affine) s.gamma = 0;
         }},
        {"relu-fused", kind, "a ReLU is fused behind the normalization", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.y[i] < 0 ? 0 : s.y[i]; })},
        {"not-a-number-swallowed", kind, "a NaN of y becomes 0, as max(0, y) does", output,
         each_element([](const StagedChannel& s, std::size_t i) { return std::isnan(s.y[i]) ? 0 : s.y[i]; })},
        {"not-a-number-in-x-ignored", kind, "a NaN of x counts as 0", inputs,
         [](StagedChannel& s) {
             for (double& value : s.x) value = std::isnan(value) ? 0 : value;
         }},
        {"infinity-clamped", kind, "an infinite y becomes the largest finite number", output,
         each_element([](const StagedChannel& s, std::size_t i) {
             const double largest = format_of(s.c.dtype).largest();
             return std::isnan(s.y[i]) ? s.y[i] : std::clamp(s.y[i], -largest, largest);
         })},
        {"small-variance-is-zero", kind, "a variance below 1e-12 is taken for rounding and set to 0", statistics,
         [](StagedChannel& s) { s.v = s.v < 1e-12 ? 0 : s.v; }},
        {"zero-variance-not-normalized", kind, "a channel of variance 0 is passed through as it is", output,
         each_element([](const StagedChannel& s, std::size_t i) { return s.v == 0 ? s.x[i] : s.y[i]; })},
    };
}

}  // namespace bncheck::diagnose
