#include "bncheck/bn/convention.hpp"

#include <array>

namespace bncheck::bn {
namespace {

// Every entry has eps under the root and normalizes with the biased variance.
constexpr std::array<Convention, 12> table{{
    {.name = "pytorch",
     .of = "torch.nn.BatchNorm1d, 2d, 3d",
     .momentum_name = "momentum",
     .momentum = Momentum::weighs_new,
     .default_momentum = 0.1,
     .running_variance = RunningVariance::unbiased,
     .default_eps = 1e-5,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::mean_invstd,
     .one_value = OneValue::refused,
     .cumulative = Cumulative::no_momentum,
     .source = "torch/nn/modules/batchnorm.py, aten/src/ATen/native/Normalization.cpp; run: Debian's 1.13.1",
     .inferred = "the files were read as of about 1.1 and 1.11; their behaviour was confirmed in 1.13.1",
     .note =
         "the native operation below the module does not raise on one value per channel: its running_var is NaN there; where "
         "variance and eps are both 0 its invstd is 0"},
    {.name = "tensorflow",
     .of = "FusedBatchNormV3 on the CPU",
     .momentum_name = "exponential_avg_factor",
     .momentum = Momentum::weighs_new,
     .default_momentum = 1.0,
     .running_variance = RunningVariance::unbiased_above_one,
     .default_eps = 1e-3,
     .minimum_eps = 1.001e-5,
     .below_minimum = "the Python wrapper raises a smaller eps to 1.001e-5 without a word",
     .saved = Saved::mean_variance,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::not_offered,
     .source = "core/kernels/fused_batch_norm_op.cc; nn_impl.py for the least eps",
     .inferred = "the least eps was read in copies of nn_impl.py and in a bug report",
     .note = "on the GPU mean and invstd are saved, and one value per channel gives NaN"},
    {.name = "keras",
     .of = "keras.layers.BatchNormalization of Keras 3",
     .momentum_name = "momentum",
     .momentum = Momentum::weighs_old,
     .default_momentum = 0.99,
     .running_variance = RunningVariance::biased,
     .default_eps = 1e-3,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::nothing,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::not_offered,
     .normalization = "with a mask sums are divided by the count + 1e-7",
     .source = "keras/src/layers/normalization/batch_normalization.py",
     .inferred = "one value per channel: concluded from the formula",
     .note = "trainable=False means inference"},
    {.name = "flax",
     .of = "flax.linen.BatchNorm, flax.nnx.BatchNorm",
     .momentum_name = "momentum",
     .momentum = Momentum::weighs_old,
     .default_momentum = 0.99,
     .running_variance = RunningVariance::biased,
     .default_eps = 1e-5,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::nothing,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::not_offered,
     .normalization =
         "the variance is by default E[x^2] - E[x]^2, cut off at 0 (use_fast_variance), which loses digits where the "
         "mean is large",
     .source = "flax/linen/normalization.py",
     .inferred = "one value per channel: concluded from the formula",
     .note = ""},
    {.name = "onnx",
     .of = "BatchNormalization of opset 14 and later",
     .momentum_name = "momentum",
     .momentum = Momentum::weighs_old,
     .default_momentum = 0.9,
     .running_variance = RunningVariance::biased,
     .default_eps = 1e-5,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::nothing,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::not_offered,
     .source = "ONNX docs/Changelog.md, BatchNormalization-14 and -15 (\"population variance\"); run: ONNX Runtime 1.30.0",
     .inferred = "",
     .note = "training is asked for by training_mode=1"},
    {.name = "onnx9",
     .of = "BatchNormalization up to opset 13",
     .momentum_name = "momentum",
     .momentum = Momentum::weighs_old,
     .default_momentum = 0.9,
     .running_variance = RunningVariance::unspecified,
     .default_eps = 1e-5,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::mean_variance,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::not_offered,
     .normalization = "BatchNormalization-7 may normalize every activation by itself (spatial=0)",
     .source = "ONNX docs/Changelog.md, BatchNormalization-1, -6, -7 and -9",
     .inferred = "one value per channel: concluded from the formula",
     .note = "training is asked for by the number of outputs; ONNX Runtime's CPU kernel writes invstd into saved_var"},
    {.name = "cudnn",
     .of = "cudnnBatchNormalizationForwardTraining",
     .momentum_name = "exponentialAverageFactor",
     .momentum = Momentum::weighs_new,
     .default_momentum = std::nullopt,
     .running_variance = RunningVariance::unbiased,
     .default_eps = std::nullopt,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::mean_invstd,
     .one_value = OneValue::running_var_undefined,
     .cumulative = Cumulative::factor_per_batch,
     .source = "cudnn.h of 7.5 and later",
     .inferred = "the header does not say that the running variance is unbiased (ONNX Runtime's tests and a report against "
                 "MXNet do), nor that one value per channel makes it NaN (reports against TensorFlow and Flux do); not run",
     .note = "up to 7.4 eps must be at least CUDNN_BN_MIN_EPSILON = 1e-5; the first batch must be given the factor 1; "
             "resultSaveInvVariance is the inverse standard deviation"},
    {.name = "miopen",
     .of = "miopenBatchNormalizationForwardTraining",
     .momentum_name = "expAvgFactor",
     .momentum = Momentum::weighs_new,
     .default_momentum = std::nullopt,
     .running_variance = RunningVariance::unbiased_above_one,
     .default_eps = std::nullopt,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::mean_invstd,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::factor_per_batch,
     .source = "include/miopen/miopen.h, src/kernels/batchnorm_functions.h",
     .inferred = "read, not run",
     .note = "resultSaveInvVariance is the inverse standard deviation"},
    {.name = "onednn",
     .of = "batch_normalization primitive",
     .momentum_name = "alpha",
     .momentum = Momentum::weighs_old,
     .default_momentum = std::nullopt,
     .running_variance = RunningVariance::biased,
     .default_eps = std::nullopt,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::mean_variance,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::factor_per_batch,
     .source = "doc/primitives/batch_normalization.md; run: Debian's 2.6.3",
     .inferred = "one value per channel: concluded from the formula",
     .note =
         "the running statistics are the caller's: the documentation's formula is taken, in which alpha weighs the old value"},
    {.name = "caffe",
     .of = "BatchNorm layer",
     .momentum_name = "moving_average_fraction",
     .momentum = Momentum::accumulates,
     .default_momentum = 0.999,
     .running_variance = RunningVariance::unbiased_above_one,
     .default_eps = 1e-5,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::xhat_stddev,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::momentum_one,
     .affine = "gamma and beta are a Scale layer's",
     .source = "src/caffe/layers/batch_norm_layer.cpp, src/caffe/proto/caffe.proto",
     .inferred = "one value per channel: concluded from the formula",
     .note = "the blobs are S and s; running_mean and running_var are here S/s, which inference uses (0 where s is 0). The "
             "comment in caffe.proto gives another formula than the code"},
    {.name = "mxnet",
     .of = "BatchNorm on the CPU",
     .momentum_name = "momentum",
     .momentum = Momentum::weighs_old,
     .default_momentum = 0.9,
     .running_variance = RunningVariance::biased,
     .default_eps = 1e-3,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::mean_invstd,
     .one_value = OneValue::by_formula,
     .cumulative = Cumulative::not_offered,
     .affine = "fix_gamma is true by default: gamma is then 1 and dgamma 0",
     .updates_in_backward = true,
     .source = "src/operator/nn/batch_norm.cc, batch_norm-inl.h",
     .inferred =
         "with cuDNN (read, not run) the running variance is unbiased, eps at least CUDNN_BN_MIN_EPSILON, and one value "
         "per channel gives NaN",
     .note = "output_var is invstd"},
    {.name = "paddle",
     .of = "paddle.nn.BatchNorm on the CPU",
     .momentum_name = "momentum",
     .momentum = Momentum::weighs_old,
     .default_momentum = 0.9,
     .running_variance = RunningVariance::biased,
     .default_eps = 1e-5,
     .minimum_eps = 0,
     .below_minimum = "",
     .saved = Saved::mean_invstd,
     .one_value = OneValue::copies_x,
     .cumulative = Cumulative::not_offered,
     .source = "phi/kernels/cpu/batch_norm_kernel.cc, python/paddle/nn/functional/norm.py",
     .inferred = "read, not run; the GPU path was not read",
     .note = "what is called SavedVariance is invstd"},
}};

}  // namespace

std::string Convention::refusal_of(std::size_t m) const {
    if (m != 1) return "";
    if (one_value == OneValue::refused) return std::string(name) + " refuses training on one value per channel";
    if (one_value == OneValue::copies_x)
        return std::string(name) + " copies x to y when it trains on one value per channel, which is no batch normalization";
    return "";
}

std::string Convention::running_var_obstacle(std::size_t m) const {
    if (running_variance == RunningVariance::unspecified)
        return std::string(name) + " does not say which variance enters running_var";
    if (m == 1 && one_value == OneValue::running_var_undefined)
        return "with one value per channel running_var is 0/0 under " + std::string(name);
    return "";
}

std::span<const Convention> conventions() { return table; }

const Convention* convention_named(std::string_view name) {
    for (const Convention& convention : table)
        if (convention.name == name) return &convention;
    return nullptr;
}

std::vector<std::string> convention_names() {
    std::vector<std::string> names;
    for (const Convention& convention : table) names.emplace_back(convention.name);
    return names;
}

std::string_view words(Momentum momentum) {
    static constexpr std::array<std::string_view, 3> all{"weighs new", "weighs old", "accumulates"};
    return all[static_cast<std::size_t>(momentum)];
}

std::string_view words(RunningVariance variance) {
    static constexpr std::array<std::string_view, 4> all{"biased", "m/(m-1)", "m/max(m-1,1)", "unspecified"};
    return all[static_cast<std::size_t>(variance)];
}

std::string_view words(Saved saved) {
    static constexpr std::array<std::string_view, 4> all{"mean, invstd", "mean, variance", "xhat, stddev", "nothing"};
    return all[static_cast<std::size_t>(saved)];
}

std::string_view words(OneValue one_value) {
    static constexpr std::array<std::string_view, 4> all{"refused", "y = beta", "running_var NaN", "y = x"};
    return all[static_cast<std::size_t>(one_value)];
}

std::string_view words(Cumulative cumulative) {
    static constexpr std::array<std::string_view, 4> all{"not offered", "None", "each 1/(n+1)", "1"};
    return all[static_cast<std::size_t>(cumulative)];
}

}  // namespace bncheck::bn
