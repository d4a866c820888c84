#include "bncheck/bn/convention.hpp"

#include <array>

namespace bncheck::bn {
namespace {

// PyTorch: torch/nn/modules/batchnorm.py, aten/src/ATen/native/Normalization.cpp.
// Keras 3: keras/src/layers/normalization/batch_normalization.py.
// ONNX: BatchNormalization-14 and -15 in docs/Changelog.md ("population variance").
// oneDNN: doc/primitives/batch_normalization.md; the running statistics of its formula, momentum weighing the old value and the
// variance biased, are the caller's, and so are eps and momentum, for which it has no defaults.
// TensorFlow: FusedBatchNormV3 in core/kernels/fused_batch_norm_op.cc; the bound of eps is the Python wrapper's (nn_impl.py).
constexpr std::array<Convention, 5> table{{
    {"pytorch", true, true, 1e-5, 0, 0.1, false, true, "momentum weighs the new batch; unbiased running variance"},
    {"keras", false, false, 1e-3, 0, 0.99, false, false, "momentum weighs the old value; biased running variance"},
    {"onnx", false, false, 1e-5, 0, 0.9, false, false,
     "opset 14 and later: momentum weighs the old value; population variance"},
    {"onednn", false, false, 1e-5, 0, 0.9, true, false,
     "momentum weighs the old value; biased running variance, which the caller updates"},
    {"tensorflow", true, true, 1e-3, 1.001e-5, 1.0, true, false,
     "fused operation: exponential_avg_factor weighs the new batch; unbiased running variance, m / max(m - 1, 1)"},
}};

}  // namespace

std::span<const Convention> conventions() { return table; }

const Convention* convention_named(std::string_view name) {
    for (const Convention& convention : table)
        if (convention.name == name) return &convention;
    return nullptr;
}

std::string convention_names() {
    std::string names;
    for (const Convention& convention : table) names += (names.empty() ? "" : ", ") + std::string(convention.name);
    return names;
}

}  // namespace bncheck::bn
