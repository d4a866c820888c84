#include <bit>
#include <cstdint>

#include "bncheck/bn/statistics.hpp"
#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {
namespace {

bool is_half(const StagedChannel& s) { return format_of(s.c.dtype).precision < 24; }

double rounded(double value, Dtype dtype) { return format_of(dtype).round(value); }

/// The value cut to `bits` significand bits, as hardware with short mantissas does.
double cut(double value, int bits) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) & ~((std::uint64_t{1} << (53 - bits)) - 1));
}

template <class T>
void take_moments(StagedChannel& s, bn::Algorithm algorithm) {
    const bn::Moments<T> moments = bn::moments_by(algorithm, std::vector<T>(s.x.begin(), s.x.end()));
    s.mu = moments.mean;
    s.v = moments.variance;
}

/// Sums that are rounded to the data's own type after every term.
void take_moments_in_own_type(StagedChannel& s) {
    const auto mean_of = [&](auto term) {
        double total = 0;
        for (double value : s.x) total = rounded(total + rounded(term(value), s.c.dtype), s.c.dtype);
        return rounded(total / s.count(), s.c.dtype);
    };
    s.mu = mean_of([](double value) { return value; });
    s.v = mean_of([&](double value) { return (value - s.mu) * (value - s.mu); });
}

/// y and dx rounded to another type before they are stored.
Edit through(Dtype dtype) {
    return each_element([dtype](StagedChannel& s, std::size_t i) {
        const double value = s.elements()[i];
        return is_half(s) ? value : rounded(value, dtype);
    });
}

/// C. Lomont, "Fast Inverse Square Root" (2003): a guess from the bits, and Newton steps r (3 - q r^2) / 2.
float fast_inverse_sqrt(float q, int steps) {
    float r = std::bit_cast<float>(0x5f3759df - (std::bit_cast<std::uint32_t>(q) >> 1));
    for (int k = 0; k < steps; ++k) r *= 1.5f - 0.5f * q * r * r;
    return r;
}

}  // namespace

std::vector<PlantedBug> precision_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::precision;
    return {
        {"one-pass-variance-in-float32", kind, "the variance is E[x^2] - E[x]^2 in float32", statistics,
         in_training([](StagedChannel& s) {
             if (s.c.dtype != Dtype::float64) take_moments<float>(s, bn::Algorithm::textbook);
         })},
        {"one-pass-variance-in-float64", kind, "for float64 data the variance is E[x^2] - E[x]^2 in float64", statistics,
         in_training([](StagedChannel& s) {
             if (s.c.dtype == Dtype::float64) take_moments<double>(s, bn::Algorithm::textbook);
         })},
        {"one-pass-variance-below-zero", kind, "E[x^2] - E[x]^2 in float32 may be negative, and its root NaN", statistics,
         in_training([](StagedChannel& s) {
             if (s.c.dtype == Dtype::float64) return;
             float total = 0, squares = 0;
             for (double value : s.x) {
                 total += static_cast<float>(value);
                 squares += static_cast<float>(value) * static_cast<float>(value);
             }
             const float m = static_cast<float>(s.m()), mean = total / m;
             s.mu = mean;
             s.v = squares / m - mean * mean;
         })},
        {"float64-computed-in-float32", kind, "float64 data is cast to float32 on entry", inputs,
         [](StagedChannel& s) {
             for (double& value : s.x) value = rounded(value, Dtype::float32);
         }},
        {"float64-statistics-in-float32", kind, "statistics of float64 data are float32", statistics,
         [](StagedChannel& s) {
             s.mu = rounded(s.mu, Dtype::float32);
             s.v = rounded(s.v, Dtype::float32);
         }},
        {"float64-eps-in-float32", kind, "eps is a float32 also for float64 data", inputs,
         [](StagedChannel& s) { s.eps = rounded(s.eps, Dtype::float32); }},
        {"float64-momentum-in-float32", kind, "momentum is a float32 also for float64 data", inputs,
         [](StagedChannel& s) { s.weight = rounded(s.weight, Dtype::float32); }},
        {"float64-gradient-in-float32", kind, "dx of float64 data passes through float32", gradient,
         each_element([](const StagedChannel& s, std::size_t i) { return rounded(s.dx[i], Dtype::float32); })},
        {"x-in-11-bits", kind, "x is cut to 11 bits, as tensor cores do", inputs,
         [](StagedChannel& s) {
             for (double& value : s.x) value = std::isfinite(value) ? cut(value, 11) : value;
         }},
        {"mean-in-bfloat16", kind, "the mean is rounded to bfloat16 before it is subtracted", statistics,
         in_training([](StagedChannel& s) { s.mu = rounded(s.mu, Dtype::bfloat16); })},
        {"mean-in-float16", kind, "the mean is rounded to float16 before it is subtracted", statistics,
         in_training([](StagedChannel& s) { s.mu = rounded(s.mu, Dtype::float16); })},
        {"mean-in-float32", kind, "the mean is rounded to float32 before it is subtracted, where our kernel keeps it in double",
         statistics, in_training([](StagedChannel& s) {
             if (s.c.dtype != Dtype::float64) s.mu = rounded(s.mu, Dtype::float32);
         })},
        {"scale-and-shift-in-float32", kind, "y is x alpha + (beta - mean alpha) in float32, where our kernel has double",
         output,
         [](StagedChannel& s) {
             if (s.c.dtype == Dtype::float64) return;
             const float alpha = static_cast<float>(s.gamma * s.r);
             const float shift = static_cast<float>(s.beta) - static_cast<float>(s.mu) * alpha;
             for (std::size_t i = 0; i < s.m(); ++i) s.y[i] = static_cast<float>(s.x[i]) * alpha + shift;
         }},
        {"statistics-in-own-type", kind, "16-bit data is summed in 16 bits", statistics, in_training([](StagedChannel& s) {
             if (is_half(s)) take_moments_in_own_type(s);
         })},
        {"saved-in-own-type", kind, "statistics of 16-bit data are saved in 16 bits", saved,
         [](StagedChannel& s) {
             if (!is_half(s)) return;
             s.save_mean = rounded(s.save_mean, s.c.dtype);
             s.save_invstd = rounded(s.save_invstd, s.c.dtype);
             s.save_var = rounded(s.save_var, s.c.dtype);
         }},
        {"running-in-own-type", kind, "running statistics of 16-bit data are kept in 16 bits", saved,
         in_training([](StagedChannel& s) {
             if (!is_half(s)) return;
             s.running_mean = rounded(s.running_mean, s.c.dtype);
             s.running_var = rounded(s.running_var, s.c.dtype);
         })},
        {"gamma-in-own-type", kind, "gamma and beta of 16-bit data are cast to 16 bits", inputs,
         [](StagedChannel& s) {
             if (!is_half(s)) return;
             s.gamma = rounded(s.gamma, s.c.dtype);
             s.beta = rounded(s.beta, s.c.dtype);
         }},
        {"xhat-in-own-type", kind, "xhat of 16-bit data is rounded to 16 bits before gamma and beta", output,
         each_element([](const StagedChannel& s, std::size_t i) {
             return is_half(s) ? s.gamma * rounded(s.xhat(i), s.c.dtype) + s.beta : s.y[i];
         })},
        {"gradient-sums-in-own-type", kind, "dbeta and dgamma of 16-bit data are summed in 16 bits", sums,
         [](StagedChannel& s) {
             if (!is_half(s)) return;
             s.dbeta = s.dgamma = 0;
             for (std::size_t i = 0; i < s.m(); ++i) {
                 s.dbeta = rounded(s.dbeta + s.dy[i], s.c.dtype);
                 s.dgamma = rounded(s.dgamma + rounded(s.dy[i] * s.xhat(i), s.c.dtype), s.c.dtype);
             }
         }},
        {"half-output-truncated", kind, "16-bit outputs are cut off where they should be rounded", output,
         each_element([](const StagedChannel& s, std::size_t i) {
             return is_half(s) && std::isfinite(s.y[i]) ? cut(s.y[i], format_of(s.c.dtype).precision) : s.y[i];
         })},
        {"half-gradient-truncated", kind, "16-bit dx is cut off where it should be rounded", gradient,
         each_element([](const StagedChannel& s, std::size_t i) {
             return is_half(s) && std::isfinite(s.dx[i]) ? cut(s.dx[i], format_of(s.c.dtype).precision) : s.dx[i];
         })},
        {"output-through-bfloat16", kind, "y passes through bfloat16", output, through(Dtype::bfloat16)},
        {"output-through-float16", kind, "y passes through float16", output, through(Dtype::float16)},
        {"gradient-through-bfloat16", kind, "dx passes through bfloat16", gradient, through(Dtype::bfloat16)},
        {"gradient-through-float16", kind, "dx passes through float16", gradient, through(Dtype::float16)},
        {"rsqrt-of-12-bits", kind, "the reciprocal root is the processor's estimate, without a Newton step", normalizer,
         [](StagedChannel& s) { s.r = cut(s.r, 12); }},
        {"rsqrt-one-newton-step", kind, "the reciprocal root is guessed from the bits, with one Newton step", normalizer,
         [](StagedChannel& s) { s.r = fast_inverse_sqrt(static_cast<float>(s.q), 1); }},
        {"rsqrt-two-newton-steps", kind, "the reciprocal root is guessed from the bits, with two Newton steps", normalizer,
         [](StagedChannel& s) { s.r = fast_inverse_sqrt(static_cast<float>(s.q), 2); }},
        {"rsqrt-of-float32-for-float64", kind, "the reciprocal root of float64 data is taken in float32", normalizer,
         [](StagedChannel& s) { s.r = rounded(s.r, Dtype::float32); }},
        {"reciprocal-count-in-float16", kind, "1/m is a float16", means, in_training([](StagedChannel& s) {
             s.mean_dy = s.dbeta * rounded(1 / s.count(), Dtype::float16);
             s.mean_dy_xhat = s.dgamma * rounded(1 / s.count(), Dtype::float16);
         })},
    };
}

}  // namespace bncheck::diagnose
