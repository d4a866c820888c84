#include <algorithm>

#include "bncheck/diagnose/planted_edit.hpp"
#include "bncheck/kernels/fast.hpp"

namespace bncheck::diagnose {

std::vector<PlantedBug> inference_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::inference;
    return {
        {"eval-uses-batch-statistics", kind, "inference normalizes by the batch", statistics,
         in_inference([](StagedChannel& s) {
             const bn::Moments<double> batch = kernels::moments(s.x);
             s.mu = batch.mean;
             s.v = batch.variance;
         })},
        {"eval-uses-batch-mean", kind, "inference subtracts the batch's mean", statistics,
         in_inference([](StagedChannel& s) { s.mu = kernels::moments(s.x).mean; })},
        {"eval-mean-ignored", kind, "inference does not subtract the running mean", statistics,
         in_inference([](StagedChannel& s) { s.mu = 0; })},
        {"eval-variance-ignored", kind, "inference takes the variance 1 for granted", statistics,
         in_inference([](StagedChannel& s) { s.v = 1; })},
        {"eval-root-forgotten", kind, "inference divides by the running variance", normalizer,
         in_inference([](StagedChannel& s) { s.r = 1 / s.q; })},
        {"eval-variance-is-invstd", kind, "inference multiplies by the running variance, taken for an inverse stddev",
         normalizer, in_inference([](StagedChannel& s) { s.r = s.v; })},
        {"eval-eps-forgotten", kind, "inference takes the running variance without eps", inputs,
         in_inference([](StagedChannel& s) { s.eps = 0; })},
        {"eval-eps-outside-root", kind, "in inference alone, eps stands outside the root", normalizer,
         in_inference([](StagedChannel& s) { s.r = 1 / (std::sqrt(s.v) + s.eps); })},
        {"eval-eps-in-own-type", kind, "in inference of 16-bit data eps is a 16-bit number", inputs,
         in_inference([](StagedChannel& s) {
             if (s.c.dtype == Dtype::float16 || s.c.dtype == Dtype::bfloat16) s.eps = format_of(s.c.dtype).round(s.eps);
         })},
        {"eval-variance-corrected", kind, "inference applies Bessel's correction to the running variance", statistics,
         in_inference([](StagedChannel& s) { s.v = s.m() > 1 ? bn::unbiased(s.v, s.m()) : s.v; })},
        {"eval-variance-floored", kind, "a running variance below 1e-4 counts as 1e-4", statistics,
         in_inference([](StagedChannel& s) { s.v = std::max(s.v, 1e-4); })},
        {"eval-statistics-in-bfloat16", kind, "inference reads the running statistics as bfloat16", statistics,
         in_inference([](StagedChannel& s) {
             s.mu = format_of(Dtype::bfloat16).round(s.mu);
             s.v = format_of(Dtype::bfloat16).round(s.v);
         })},
        {"eval-updates-running", kind, "inference updates the running statistics", saved, in_inference([](StagedChannel& s) {
             const bn::Moments<double> batch = kernels::moments(s.x);
             s.running_mean = bn::running(s.old_mean, batch.mean, s.weight);
             s.running_var = bn::running(s.old_var, batch.variance, s.weight);
         })},
        {"eval-clears-running", kind, "inference returns running statistics of mean 0 and variance 1", saved,
         in_inference([](StagedChannel& s) {
             s.running_mean = 0;
             s.running_var = 1;
         })},
        {"eval-backward-of-training", kind, "the backward of inference removes the means of dy and dy xhat", means,
         in_inference([](StagedChannel& s) {
             s.mean_dy = s.dbeta / s.count();
             s.mean_dy_xhat = s.dgamma / s.count();
         })},
        {"eval-dx-without-gamma", kind, "dx of inference lacks gamma", gradient,
         in_inference(each_element([](const StagedChannel& s, std::size_t i) { return s.r * s.dy[i]; }))},
        {"eval-dx-without-r", kind, "dx of inference lacks the inverse standard deviation", gradient,
         in_inference(each_element([](const StagedChannel& s, std::size_t i) { return s.gamma * s.dy[i]; }))},
        {"eval-dx-zero", kind, "a frozen layer gives no gradient to x", gradient,
         in_inference(each_element([](const StagedChannel&, std::size_t) { return 0.0; }))},
        {"eval-dgamma-of-batch", kind, "dgamma of inference takes xhat of the batch's statistics", sums,
         in_inference([](StagedChannel& s) {
             const bn::Moments<double> batch = kernels::moments(s.x);
             s.dgamma = kernels::sum_of_centred_products(s.dy, s.x, batch.mean) / std::sqrt(batch.variance + s.eps);
         })},
        {"eval-gradients-of-affine-zero", kind, "a frozen layer gives no gradient to gamma and beta", sums,
         in_inference([](StagedChannel& s) { s.dgamma = s.dbeta = 0; })},
    };
}

}  // namespace bncheck::diagnose
