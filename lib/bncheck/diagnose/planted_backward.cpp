#include <utility>

#include "bncheck/diagnose/planted_edit.hpp"
#include "bncheck/kernels/fast.hpp"

namespace bncheck::diagnose {
namespace {

/// dx of training times a factor that ought not to be there.
template <class Factor>
Edit dx_times(Factor factor) {
    return in_training([factor](StagedChannel& s) {
        for (double& value : s.dx) value *= factor(s);
    });
}

/// A dgamma that is a sum over i of f(i), where dx keeps the right one.
template <class F>
Edit dgamma_sum(F f) {
    return [f](StagedChannel& s) {
        s.dgamma = 0;
        for (std::size_t i = 0; i < s.m(); ++i) s.dgamma += f(s, i);
    };
}

}  // namespace

std::vector<PlantedBug> backward_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::backward;
    return {
        {"backward-of-inference", kind, "dx of training is gamma r dy", means,
         [](StagedChannel& s) { s.mean_dy = s.mean_dy_xhat = 0; }},
        {"mean-term-missing", kind, "dx lacks -dbeta/m", means, [](StagedChannel& s) { s.mean_dy = 0; }},
        {"mean-term-sign", kind, "dbeta/m is added", means, [](StagedChannel& s) { s.mean_dy = -s.mean_dy; }},
        {"mean-term-not-divided", kind, "dx subtracts dbeta, not dbeta/m", means,
         in_training([](StagedChannel& s) { s.mean_dy = s.dbeta; })},
        {"xhat-term-missing", kind, "dx lacks -xhat dgamma/m", means, [](StagedChannel& s) { s.mean_dy_xhat = 0; }},
        {"xhat-term-sign", kind, "xhat dgamma/m is added", means, [](StagedChannel& s) { s.mean_dy_xhat = -s.mean_dy_xhat; }},
        {"xhat-term-not-divided", kind, "dx subtracts xhat dgamma, not xhat dgamma/m", means,
         in_training([](StagedChannel& s) { s.mean_dy_xhat = s.dgamma; })},
        {"xhat-term-not-normalized", kind, "dx subtracts (x - mean) dgamma/m", means,
         in_training([](StagedChannel& s) { s.mean_dy_xhat /= s.r; })},
        {"xhat-term-half", kind, "the derivative of the square in the variance lacks its factor 2", means,
         [](StagedChannel& s) { s.mean_dy_xhat /= 2; }},
        {"backward-over-m-minus-1", kind, "the means in dx are taken over m - 1", means, in_training([](StagedChannel& s) {
             if (s.m() == 1) return;
             s.mean_dy = s.dbeta / (s.count() - 1);
             s.mean_dy_xhat = s.dgamma / (s.count() - 1);
         })},
        {"mean-term-times-gamma", kind, "gamma is in dbeta/m and again in front", means,
         [](StagedChannel& s) { s.mean_dy *= s.gamma; }},
        {"dx-r-squared", kind, "dx has r^2 in front", gradient, dx_times([](const StagedChannel& s) { return s.r; })},
        {"dx-r-cubed", kind, "dx has r^3 in front", gradient, dx_times([](const StagedChannel& s) { return s.r * s.r; })},
        {"dx-without-r", kind, "dx lacks r in front", gradient, dx_times([](const StagedChannel& s) { return 1 / s.r; })},
        {"dx-gamma-squared", kind, "dx has gamma twice", gradient, dx_times([](const StagedChannel& s) { return s.gamma; })},
        {"dx-without-gamma", kind, "dx lacks gamma", gradient,
         in_training(each_element(
             [](const StagedChannel& s, std::size_t i) { return s.r * (s.dy[i] - s.mean_dy - s.xhat(i) * s.mean_dy_xhat); }))},
        {"dx-gamma-absolute", kind, "dx has |gamma|", gradient,
         dx_times([](const StagedChannel& s) { return s.gamma < 0 ? -1.0 : 1.0; })},
        {"dx-negated", kind, "dx has the wrong sign", gradient, dx_times([](const StagedChannel&) { return -1.0; })},
        {"dx-zero", kind, "dx stays zero", gradient, dx_times([](const StagedChannel&) { return 0.0; })},
        {"dx-tripled", kind, "dx is three times too large", gradient, dx_times([](const StagedChannel&) { return 3.0; })},
        {"dx-averaged-over-batch", kind, "dx is divided by N", gradient,
         dx_times([](const StagedChannel& s) { return 1 / static_cast<double>(s.samples()); })},
        {"dx-off-by-1e-5", kind, "dx is too large by one part in 10^5", gradient,
         dx_times([](const StagedChannel&) { return 1 + 1e-5; })},
        {"dx-is-dy", kind, "the gradient is passed through", gradient,
         each_element([](const StagedChannel& s, std::size_t i) { return s.dy[i]; })},
        {"dx-added-to-dy", kind, "dx is added to what its buffer holds, dy, as it works in place", gradient,
         each_element([](const StagedChannel& s, std::size_t i) { return s.dx[i] + s.dy[i]; })},
        {"dx-through-relu", kind, "dy is masked by the sign of y, as behind a fused ReLU", inputs,
         in_backward([](StagedChannel& s) {
             const bn::Moments<double> n = kernels::moments(s.x);
             for (std::size_t i = 0; i < s.m(); ++i)
                 if (s.gamma * (s.x[i] - n.mean) / std::sqrt(n.variance + s.eps) + s.beta < 0) s.dy[i] = 0;
         })},
        {"backward-with-running-statistics", kind, "the backward of training uses the running statistics", statistics,
         in_backward([](StagedChannel& s) {
             s.mu = s.old_mean;
             s.v = s.old_var;
         })},
        {"backward-without-eps", kind, "eps is in the forward alone", inputs, in_backward([](StagedChannel& s) { s.eps = 0; })},
        {"backward-eps-outside-root", kind, "in the backward alone, eps stands outside the root", normalizer,
         in_backward([](StagedChannel& s) { s.r = 1 / (std::sqrt(s.v) + s.eps); })},
        {"backward-unbiased-variance", kind, "in the backward alone, the variance is the unbiased one", statistics,
         in_training(in_backward([](StagedChannel& s) { s.v = s.m() > 1 ? bn::unbiased(s.v, s.m()) : s.v; }))},
        {"saved-invstd-taken-for-variance", kind, "the backward takes the saved inverse standard deviation for a variance",
         statistics, in_backward([](StagedChannel& s) { s.v = s.input("save_invstd", s.channel, s.v); })},
        {"xhat-from-y", kind, "the backward recovers xhat as (y - beta)/gamma, which is 0/0 for gamma = 0", sums,
         [](StagedChannel& s) { s.dgamma *= s.gamma / s.gamma; }},
        {"dgamma-of-x", kind, "dgamma is sum dy x", gradient,
         dgamma_sum([](const StagedChannel& s, std::size_t i) { return s.dy[i] * s.x[i]; })},
        {"dgamma-of-y", kind, "dgamma is sum dy y", gradient,
         dgamma_sum([](const StagedChannel& s, std::size_t i) { return s.dy[i] * (s.gamma * s.xhat(i) + s.beta); })},
        {"dgamma-without-r", kind, "dgamma is sum dy (x - mean)", gradient, [](StagedChannel& s) { s.dgamma /= s.r; }},
        {"dgamma-averaged", kind, "dgamma is divided by m", gradient, [](StagedChannel& s) { s.dgamma /= s.count(); }},
        {"dgamma-times-gamma", kind, "dgamma is multiplied by gamma", gradient, [](StagedChannel& s) { s.dgamma *= s.gamma; }},
        {"dgamma-accumulated", kind, "dgamma is added to what its buffer holds", gradient,
         [](StagedChannel& s) { s.dgamma += s.gamma; }},
        {"dbeta-averaged", kind, "dbeta is divided by m", gradient, [](StagedChannel& s) { s.dbeta /= s.count(); }},
        {"dbeta-times-gamma", kind, "dbeta is multiplied by gamma", gradient, [](StagedChannel& s) { s.dbeta *= s.gamma; }},
        {"dgamma-dbeta-swapped", kind, "dgamma and dbeta are stored in each other's place", gradient,
         [](StagedChannel& s) { std::swap(s.dgamma, s.dbeta); }},
        {"small-gradients-dropped", kind, "elements of dx below 1e-8 are set to zero", gradient,
         not_written([](const StagedChannel& s, std::size_t i) { return std::fabs(s.dx[i]) < 1e-8; })},
        {"subnormals-flushed", kind, "subnormal dx becomes zero, and the candidate does not say so", gradient,
         not_written([](const StagedChannel& s, std::size_t i) {
             return std::fabs(s.dx[i]) < format_of(s.c.dtype).smallest_normal();
         })},
    };
}

}  // namespace bncheck::diagnose
