#include "onednn_candidate.hpp"

#include <algorithm>
#include <cstring>
#include <oneapi/dnnl/dnnl.hpp>

namespace bncheck::peer {
namespace {

using dnnl::memory;
using Forward = dnnl::batch_normalization_forward;
using Backward = dnnl::batch_normalization_backward;

const dnnl::engine& cpu() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

/// The elements as they are stored: [N, C, ...] or [N, ..., C], of logical lengths N, C, ...
memory::desc elements(const Shape& shape, Dtype dtype, Layout layout) {
    using tag = memory::format_tag;
    static constexpr tag nchw[] = {tag::nc, tag::ncw, tag::nchw, tag::ncdhw},
                         nhwc[] = {tag::nc, tag::nwc, tag::nhwc, tag::ndhwc};
    const std::size_t rank = shape.dims.size();
    const memory::data_type type = dtype == Dtype::bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
    return {memory::dims(shape.dims.begin(), shape.dims.end()), type, (layout == Layout::nchw ? nchw : nhwc)[rank - 2]};
}

memory::desc per_channel(std::size_t channels) {
    return {{static_cast<memory::dim>(channels)}, memory::data_type::f32, memory::format_tag::a};
}

/// A new memory that holds the bytes of the tensors, one after the other; whatever is not given is NaN, so that an output
/// that is never written shows.
memory holding(const memory::desc& desc, std::initializer_list<const Tensor*> tensors = {}) {
    memory result(desc, cpu());
    auto* bytes = static_cast<std::byte*>(result.get_data_handle());
    std::memset(bytes, 0xff, desc.get_size());
    for (const Tensor* tensor : tensors) {
        std::memcpy(bytes, tensor->data(), tensor->bytes());
        bytes += tensor->bytes();
    }
    return result;
}

void execute(const dnnl::primitive& primitive, const std::unordered_map<int, memory>& arguments) {
    dnnl::stream stream(cpu());
    primitive.execute(stream, arguments);
    stream.wait();
}

dnnl::normalization_flags flags(bool affine, bool training) {
    dnnl::normalization_flags result = dnnl::normalization_flags::none;
    if (affine) result |= dnnl::normalization_flags::use_scale_shift;
    if (!training) result |= dnnl::normalization_flags::use_global_stats;
    return result;
}

Forward::primitive_desc forward_of(const memory::desc& data, double eps, bool affine, bool training) {
    // The statistics of inference are inputs of forward_training with use_global_stats too, whose backward this stands for.
    return {{dnnl::prop_kind::forward_training, data, static_cast<float>(eps), flags(affine, training)}, cpu()};
}

Backward::primitive_desc backward_of(const memory::desc& data, double eps, bool affine, bool training) {
    const dnnl::prop_kind kind = affine ? dnnl::prop_kind::backward : dnnl::prop_kind::backward_data;
    return {
        {kind, data, data, static_cast<float>(eps), flags(affine, training)}, cpu(), forward_of(data, eps, affine, training)};
}

/// What is in a memory from an offset in bytes on, as a tensor of the case.
Tensor tensor_of(const memory& from, const suite::Case& c, const std::string& name, std::size_t offset = 0) {
    Tensor result(dtype_of(c, name), dims_of(c, name));
    std::memcpy(result.data(), static_cast<const std::byte*>(from.get_data_handle()) + offset, result.bytes());
    return result;
}

/// One request: the memories that both passes share, and the two passes.
class Run {
public:
    explicit Run(const candidate::Request& request)
        : c_(request.c),
          inputs_(request.inputs),
          data_(elements(c_.shape, c_.dtype, c_.layout)),
          stats_(per_channel(c_.shape.channels())),
          x_(holding(data_, {&inputs_.at("x")})),
          mean_(c_.training ? holding(stats_) : holding(stats_, {&inputs_.at("running_mean")})),
          variance_(c_.training ? holding(stats_) : holding(stats_, {&inputs_.at("running_var")})) {
        if (c_.affine) scale_shift_ = holding(parameters(), {&inputs_.at("gamma"), &inputs_.at("beta")});
    }

    suite::Tensors forward() {
        memory y = holding(data_);
        std::unordered_map<int, memory> arguments = shared();
        arguments.emplace(DNNL_ARG_DST, y);
        execute(Forward(forward_of(data_, c_.eps, c_.affine, c_.training)), arguments);
        suite::Tensors outputs{{"y", tensor_of(y, c_, "y")}};
        // In inference they are inputs, which must come back as they were.
        outputs.emplace(c_.training ? "save_mean" : "running_mean", tensor_of(mean_, c_, "save_mean"));
        outputs.emplace(c_.training ? "save_var" : "running_var", tensor_of(variance_, c_, "save_var"));
        return outputs;
    }

    suite::Tensors backward() {
        if (c_.training) forward();  // for mean and variance
        memory dx = holding(data_), gradients;
        std::unordered_map<int, memory> arguments = shared();
        arguments.emplace(DNNL_ARG_DIFF_DST, holding(data_, {&inputs_.at("dy")}));
        arguments.emplace(DNNL_ARG_DIFF_SRC, dx);
        if (c_.affine) {
            gradients = holding(parameters());
            arguments.emplace(DNNL_ARG_DIFF_SCALE_SHIFT, gradients);
        }
        execute(Backward(backward_of(data_, c_.eps, c_.affine, c_.training)), arguments);
        suite::Tensors outputs{{"dx", tensor_of(dx, c_, "dx")}};
        if (c_.affine) {
            outputs.emplace("dgamma", tensor_of(gradients, c_, "dgamma"));
            outputs.emplace("dbeta", tensor_of(gradients, c_, "dbeta", outputs.at("dgamma").bytes()));
        }
        return outputs;
    }

private:
    memory::desc parameters() const {
        return {{2, static_cast<memory::dim>(c_.shape.channels())}, memory::data_type::f32, memory::format_tag::nc};
    }

    std::unordered_map<int, memory> shared() const {
        std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, x_}, {DNNL_ARG_MEAN, mean_}, {DNNL_ARG_VARIANCE, variance_}};
        if (c_.affine) arguments.emplace(DNNL_ARG_SCALE_SHIFT, scale_shift_);
        return arguments;
    }

    const suite::Case& c_;
    const suite::Tensors& inputs_;
    memory::desc data_, stats_;
    memory x_, mean_, variance_, scale_shift_;
};

}  // namespace

OnednnCandidate::OnednnCandidate() {
    const dnnl_version_t* version = dnnl_version();
    hello_.name = "oneDNN " + std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
                  std::to_string(version->patch);
    hello_.dtypes = {"float32"};
    try {
        backward_of(elements({{2, 16, 2, 2}}, Dtype::bfloat16, Layout::nchw), 1e-5, true, true);
        hello_.dtypes.insert("bfloat16");
    } catch (const dnnl::error&) {  // not on this CPU
    }
    hello_.layouts = {"NCHW", "NHWC"};
    hello_.modes = {"train", "eval"};
    hello_.passes = {"forward", "backward"};
    hello_.convention = "onednn";
}

candidate::Response OnednnCandidate::run(const candidate::Request& request) {
    candidate::Response response;
    try {
        Run run(request);
        response.outputs = request.pass == "forward" ? run.forward() : run.backward();
        std::erase_if(response.outputs, [&](const auto& output) {
            return std::find(request.outputs.begin(), request.outputs.end(), output.first) == request.outputs.end();
        });
    } catch (const dnnl::error& error) {
        response.status =
            error.status == dnnl_unimplemented ? candidate::Response::Status::skipped : candidate::Response::Status::error;
        response.reason = std::string("oneDNN: ") + error.what();
    }
    return response;
}

std::string onednn_implementation(const Shape& shape, Dtype dtype, Layout layout, bool training, bool backward) {
    const memory::desc data = elements(shape, dtype, layout);
    return backward ? backward_of(data, 1e-5, true, training).impl_info_str()
                    : forward_of(data, 1e-5, true, training).impl_info_str();
}

}  // namespace bncheck::peer
