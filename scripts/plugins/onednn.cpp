// oneDNN 2's batch normalization primitive on the CPU, as a plugin. README: "oneDNN".
//
//     g++ -O2 -shared -fPIC -fopenmp -I lib -o onednn.so scripts/plugins/onednn.cpp -ldnnl
//
// oneDNN saves the variance, and leaves running statistics to its caller, so that none are provided. In inference they are
// inputs (use_global_stats). gamma and beta are one memory of [2, C] (use_scale_shift). Source: its developer guide, "Batch
// Normalization". Which code runs depends on the CPU: see ONEDNN_MAX_CPU_ISA and ONEDNN_VERBOSE there.
#include <bncheck/plugin.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <unordered_map>

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
#include <omp.h>
#endif

namespace {

using dnnl::memory;
using Forward = dnnl::batch_normalization_forward;
using Backward = dnnl::batch_normalization_backward;

const dnnl::engine& cpu() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

memory::desc elements(const bncheck_request& r) {
    const auto type = r.dtype == BNCHECK_BFLOAT16 ? memory::data_type::bf16 : memory::data_type::f32;
    return {memory::dims(r.dims, r.dims + r.rank), type, memory::dims(r.strides, r.strides + r.rank)};
}

memory::desc per_channel(const bncheck_request& r) { return {{r.channels}, memory::data_type::f32, memory::format_tag::a}; }

memory::desc parameters(const bncheck_request& r) { return {{2, r.channels}, memory::data_type::f32, memory::format_tag::nc}; }

/// The caller's array itself. Inputs are write-protected, so that oneDNN cannot change one unnoticed.
memory view(const memory::desc& desc, const void* data) { return {desc, cpu(), const_cast<void*>(data)}; }

/// Copies one value a channel, where there are both.
void copy(const bncheck_request& r, void* to, const void* from) {
    if (to && from) std::memcpy(to, from, static_cast<std::size_t>(r.channels) * sizeof(float));
}

/// A [2, C] memory that holds `first` and `second`.
memory joined(const bncheck_request& r, const void* first, const void* second) {
    memory result(parameters(r), cpu());
    auto* const data = static_cast<float*>(result.get_data_handle());
    copy(r, data, first);
    copy(r, data + r.channels, second);
    return result;
}

dnnl::normalization_flags flags(const bncheck_request& r) {
    auto result = dnnl::normalization_flags::none;
    if (r.affine) result |= dnnl::normalization_flags::use_scale_shift;
    if (r.mode == BNCHECK_EVAL) result |= dnnl::normalization_flags::use_global_stats;
    return result;
}

// Primitives are made anew for each request: oneDNN keeps the latest 1024 itself, by what they compute and their threads.

Forward::primitive_desc forward_of(const bncheck_request& r) {
    // In inference too, because a backward of it asks for forward_training: with use_global_stats both compute the same.
    return {{dnnl::prop_kind::forward_training, elements(r), static_cast<float>(r.eps), flags(r)}, cpu()};
}

Backward::primitive_desc backward_of(const bncheck_request& r) {
    const auto kind = r.affine ? dnnl::prop_kind::backward : dnnl::prop_kind::backward_data;
    return {{kind, elements(r), elements(r), static_cast<float>(r.eps), flags(r)}, cpu(), forward_of(r)};
}

using Arguments = std::unordered_map<int, memory>;

/// What forward and backward have in common: x, the statistics, gamma and beta.
Arguments shared(const bncheck_request& r, const memory& mean, const memory& variance) {
    Arguments arguments{{DNNL_ARG_SRC, view(elements(r), r.in->x)}, {DNNL_ARG_MEAN, mean}, {DNNL_ARG_VARIANCE, variance}};
    if (r.affine) arguments.emplace(DNNL_ARG_SCALE_SHIFT, joined(r, r.in->gamma, r.in->beta));
    return arguments;
}

void execute(const dnnl::primitive& primitive, const Arguments& arguments) {
    dnnl::stream stream(cpu());
    primitive.execute(stream, arguments);
    stream.wait();
}

void forward(const bncheck_request& r, const memory& y, const memory& mean, const memory& variance) {
    Arguments arguments = shared(r, mean, variance);
    arguments.emplace(DNNL_ARG_DST, y);
    execute(Forward(forward_of(r)), arguments);
}

/// `wanted` where there is such an array, memory of its own where there is none.
memory view_or_own(const memory::desc& desc, void* wanted) { return wanted ? view(desc, wanted) : memory(desc, cpu()); }

void forward(const bncheck_request& r) {
    const bool training = r.mode == BNCHECK_TRAIN;
    const memory mean = view_or_own(per_channel(r), training ? r.out->save_mean : r.out->running_mean);
    const memory variance = view_or_own(per_channel(r), training ? r.out->save_var : r.out->running_var);
    if (!training) {  // oneDNN's inputs are then where the outputs go, so that it shows that they come back as they were
        copy(r, mean.get_data_handle(), r.in->running_mean);
        copy(r, variance.get_data_handle(), r.in->running_var);
    }
    forward(r, view(elements(r), r.out->y), mean, variance);
}

void backward(const bncheck_request& r) {
    const void *saved_mean = r.in->save_mean, *saved_variance = r.in->save_var;
    if (r.mode == BNCHECK_EVAL) saved_mean = r.in->running_mean, saved_variance = r.in->running_var;
    memory mean, variance;
    if (saved_mean && saved_variance) {
        mean = view(per_channel(r), saved_mean);
        variance = view(per_channel(r), saved_variance);
    } else {
        mean = memory(per_channel(r), cpu());
        variance = memory(per_channel(r), cpu());
        forward(r, memory(elements(r), cpu()), mean, variance);
    }
    Arguments arguments = shared(r, mean, variance);
    arguments.emplace(DNNL_ARG_DIFF_DST, view(elements(r), r.in->dy));
    arguments.emplace(DNNL_ARG_DIFF_SRC, view(elements(r), r.out->dx));
    // They begin as bncheck's arrays do, so that an element that oneDNN leaves out shows there.
    const memory gradients = joined(r, r.out->dgamma, r.out->dbeta);
    if (r.affine) arguments.emplace(DNNL_ARG_DIFF_SCALE_SHIFT, gradients);
    execute(Backward(backward_of(r)), arguments);
    const auto* const data = static_cast<const float*>(gradients.get_data_handle());
    copy(r, r.out->dgamma, data);
    copy(r, r.out->dbeta, data + r.channels);
}

int answer(bncheck_status status, char* message, std::size_t size, const std::string& text) {
    std::snprintf(message, size, "%s", text.c_str());
    return status;
}

int run(const bncheck_request* request, char* message, std::size_t size) noexcept {
    const bncheck_request& r = *request;
    try {
        if (r.dtype != BNCHECK_FLOAT32 && r.dtype != BNCHECK_BFLOAT16)
            return answer(BNCHECK_SKIPPED, message, size, "oneDNN trains in float32 and bfloat16 alone");
        if (r.pass == BNCHECK_DOUBLE_BACKWARD) return answer(BNCHECK_SKIPPED, message, size, "oneDNN has no double backward");
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
        // Sums depend on the number of threads: one, so that the same cases fail on every machine, unless somebody asks for
        // more.
        static const int usual = std::getenv("OMP_NUM_THREADS") ? omp_get_max_threads() : 1;
        omp_set_num_threads(r.threads > 0 ? r.threads : usual);
#else
        if (r.threads > 0)
            return answer(BNCHECK_SKIPPED, message, size, "this oneDNN is built without OpenMP: its threads are not to be set");
#endif
        r.pass == BNCHECK_FORWARD ? forward(r) : backward(r);
        return BNCHECK_OK;
    } catch (const dnnl::error& e) {
        return answer(e.status == dnnl_unimplemented ? BNCHECK_SKIPPED : BNCHECK_ERROR, message, size,
                      std::string("oneDNN: ") + e.what());
    } catch (const std::exception& e) {
        return answer(BNCHECK_ERROR, message, size, e.what());
    }
}

/// Whether this CPU (with ONEDNN_MAX_CPU_ISA) trains in bfloat16: oneDNN makes no such primitive elsewhere.
bool has_bfloat16() {
    const std::int64_t dims[] = {2, 16, 2, 2}, strides[] = {64, 4, 2, 1};
    bncheck_request request{};
    request.dtype = BNCHECK_BFLOAT16;
    request.mode = BNCHECK_TRAIN;
    request.rank = 4;
    request.dims = dims;
    request.strides = strides;
    request.channels = 16;
    request.affine = 1;
    try {
        backward_of(request);
        return true;
    } catch (const dnnl::error&) {
        return false;
    }
}

}  // namespace

extern "C" const bncheck_plugin* bncheck_plugin_describe(void) {
    static const std::string name = [] {
        const dnnl_version_t& version = *dnnl_version();
        return "oneDNN " + std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
               std::to_string(version.patch);
    }();
    static const bncheck_plugin plugin{sizeof(bncheck_plugin),
                                       BNCHECK_PLUGIN_VERSION,
                                       name.c_str(),
                                       BNCHECK_FLOAT32 | (has_bfloat16() ? BNCHECK_BFLOAT16 : 0),
                                       BNCHECK_NCHW | BNCHECK_NHWC,
                                       BNCHECK_TRAIN | BNCHECK_EVAL,
                                       BNCHECK_FORWARD | BNCHECK_BACKWARD,
                                       "onednn",
                                       0,
                                       run};
    return &plugin;
}
