#include <algorithm>
#include <utility>

#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {
namespace {

double batch_variance(const StagedChannel& s) {
    return s.request.convention->unbiased() && s.m() > 1 ? bn::unbiased(s.v, s.m()) : s.v;
}

void blend_variance(StagedChannel& s, double batch) {
    if (s.training) s.running_var = bn::running(s.old_var, batch, s.weight);
}

}  // namespace

std::vector<PlantedBug> running_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::running;
    return {
        {"momentum-swapped", kind, "momentum weighs the old value where it should weigh the new one, or the reverse", inputs,
         [](StagedChannel& s) { s.weight = 1 - s.weight; }},
        {"momentum-swapped-for-variance", kind, "of the variance alone, momentum weighs the other value", saved,
         in_training([](StagedChannel& s) { s.running_var = bn::running(s.old_var, batch_variance(s), 1 - s.weight); })},
        {"momentum-constant", kind, "the new batch weighs 0.1 whatever is asked", inputs,
         [](StagedChannel& s) { s.weight = 0.1; }},
        {"momentum-in-bfloat16", kind, "momentum passes through bfloat16", inputs,
         [](StagedChannel& s) { s.weight = format_of(Dtype::bfloat16).round(s.weight); }},
        {"cumulative-ignored", kind, "without a momentum the new batch weighs 0.1 and not 1/(n + 1)", inputs,
         [](StagedChannel& s) { s.weight = s.c.momentum ? s.weight : 0.1; }},
        {"cumulative-late", kind, "cumulative averaging counts the batch only after it has been weighed", inputs,
         [](StagedChannel& s) {
             if (!s.c.momentum) s.weight = 1 / std::max(1.0, static_cast<double>(s.request.num_batches_tracked));
         }},
        {"cumulative-count-stuck", kind, "cumulative averaging does not count the steps", inputs,
         [](StagedChannel& s) {
             if (!s.c.momentum) s.weight = 1 / static_cast<double>(s.c.num_batches_tracked + 1);
         }},
        {"cumulative-count-in-16-bits", kind, "the count of batches wraps around at 65536", inputs,
         [](StagedChannel& s) {
             if (!s.c.momentum) s.weight = 1 / static_cast<double>((s.request.num_batches_tracked & 0xffff) + 1);
         }},
        {"running-var-biased", kind, "the running variance takes the biased one", saved,
         [](StagedChannel& s) { blend_variance(s, s.v); }},
        {"running-var-unbiased", kind, "the running variance takes the unbiased one also where the convention does not", saved,
         [](StagedChannel& s) { blend_variance(s, s.m() > 1 ? bn::unbiased(s.v, s.m()) : s.v); }},
        {"running-var-over-m-plus-1", kind, "Bessel's correction is m/(m + 1)", saved,
         [](StagedChannel& s) { blend_variance(s, s.v * s.count() / (s.count() + 1)); }},
        {"running-var-with-eps", kind, "eps is in the running variance", saved,
         [](StagedChannel& s) { blend_variance(s, batch_variance(s) + s.eps); }},
        {"running-var-is-stddev", kind, "the running variance takes the standard deviation", saved,
         [](StagedChannel& s) { blend_variance(s, std::sqrt(s.v)); }},
        {"running-var-is-invstd", kind, "the running variance takes the saved inverse standard deviation", saved,
         [](StagedChannel& s) { blend_variance(s, s.r); }},
        {"running-stddevs-blended", kind, "standard deviations are blended, then squared", saved,
         in_training([](StagedChannel& s) {
             const double blended = bn::running(std::sqrt(s.old_var), std::sqrt(batch_variance(s)), s.weight);
             s.running_var = blended * blended;
         })},
        {"running-swapped", kind, "running mean and variance are stored in each other's place", saved,
         [](StagedChannel& s) { std::swap(s.running_mean, s.running_var); }},
        {"running-not-updated", kind, "the running statistics stay as they are", saved,
         [](StagedChannel& s) {
             s.running_mean = s.old_mean;
             s.running_var = s.old_var;
         }},
        {"running-mean-not-updated", kind, "only the variance is updated", saved,
         [](StagedChannel& s) { s.running_mean = s.old_mean; }},
        {"running-updated-twice", kind, "the update is applied twice a step", saved, in_training([](StagedChannel& s) {
             s.running_mean = bn::running(s.running_mean, s.mu, s.weight);
             s.running_var = bn::running(s.running_var, batch_variance(s), s.weight);
         })},
        {"running-first-step-only", kind, "the running statistics are updated in the first step only", saved,
         [](StagedChannel& s) {
             if (s.request.step == 0) return;
             s.running_mean = s.old_mean;
             s.running_var = s.old_var;
         }},
        {"running-starts-afresh", kind, "each step starts from mean 0 and variance 1", inputs,
         in_training([](StagedChannel& s) {
             s.old_mean = 0;
             s.old_var = 1;
         })},
        {"running-replaced", kind, "the batch's statistics replace the running ones", saved, in_training([](StagedChannel& s) {
             s.running_mean = s.mu;
             s.running_var = batch_variance(s);
         })},
        {"running-not-decayed", kind, "the new value is added with its weight, the old one keeps the weight 1", saved,
         in_training([](StagedChannel& s) {
             s.running_mean = s.old_mean + s.weight * s.mu;
             s.running_var = s.old_var + s.weight * batch_variance(s);
         })},
        {"running-of-next-channel", kind, "the old running variance is read from the next channel", inputs,
         in_training([](StagedChannel& s) { s.old_var = s.input("running_var", (s.channel + 1) % s.channels(), 1.0); })},
    };
}

}  // namespace bncheck::diagnose
