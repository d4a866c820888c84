#include "bncheck/candidate/plugin/call.hpp"

#include <cstring>
#include <nlohmann/json.hpp>
#include <typeinfo>

#include "bncheck/candidate/plugin/float_environment.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/npy.hpp"
#include "bncheck/core/tensor_name.hpp"

namespace bncheck::candidate {
namespace {

int code_of(Dtype dtype) {
    switch (dtype) {
        case Dtype::float16:
            return BNCHECK_FLOAT16;
        case Dtype::bfloat16:
            return BNCHECK_BFLOAT16;
        case Dtype::float32:
            return BNCHECK_FLOAT32;
        case Dtype::float64:
            return BNCHECK_FLOAT64;
    }
    return 0;
}

std::vector<std::int64_t> strides_of(const Shape& shape, Layout layout) {
    const std::size_t rank = shape.dims.size();
    std::vector<std::int64_t> strides(rank);
    std::int64_t stride = layout == Layout::nchw ? 1 : static_cast<std::int64_t>(shape.channels());
    for (std::size_t d = rank; d-- > 2;) {
        strides[d] = stride;
        stride *= static_cast<std::int64_t>(shape.dims[d]);
    }
    strides[1] = layout == Layout::nchw ? stride : 1;
    strides[0] = layout == Layout::nchw ? stride * static_cast<std::int64_t>(shape.channels()) : stride;
    return strides;
}

std::size_t bytes_of(const suite::Case& c, const std::string& tensor) {
    std::size_t bytes = size_of(dtype_of(c, tensor));
    for (std::size_t length : dims_of(c, tensor)) bytes *= length;
    return bytes;
}

std::byte* data_of(const std::map<std::string, GuardedBuffer>& buffers, const char* tensor) {
    const auto found = buffers.find(tensor);
    return found == buffers.end() ? nullptr : found->second.data();
}

/// The text that a plugin left, whatever bytes it is of.
std::string text_of(const char* message, std::size_t size) { return {message, strnlen(message, size)}; }

}  // namespace

PluginCall::PluginCall(const suite::Json& request) {
    try {
        id_ = request.at("id");
        convention_ = request.at("convention");
        const std::string pass = request.at("pass");
        pass_ = pass == "forward" ? BNCHECK_FORWARD : pass == "backward" ? BNCHECK_BACKWARD : BNCHECK_DOUBLE_BACKWARD;
        case_.shape.dims = request.at("shape").get<std::vector<std::size_t>>();
        case_.dtype = dtype_from(request.at("dtype").get<std::string>()).value();
        case_.layout = layout_from(request.at("layout").get<std::string>()).value();
        case_.training = request.at("mode") == "train";
        case_.eps = request.at("eps");
        case_.affine = request.at("affine");
        momentum_ = request.at("momentum");
        num_batches_tracked_ = request.at("num_batches_tracked");
        step_ = request.at("step");
        threads_ = request.value("threads", 0);
        for (const auto& [name, path] : request.at("inputs").items()) {
            const Tensor tensor = read_npy(path.get<std::string>(), dtype_of(case_, name), dims_of(case_, name));
            GuardedBuffer& buffer = inputs_.emplace(name, tensor.bytes()).first->second;
            std::memcpy(buffer.data(), tensor.data(), tensor.bytes());
            buffer.protect();
        }
        for (const auto& [name, path] : request.at("outputs").items()) {
            output_paths_[name] = path;
            outputs_.emplace(name, bytes_of(case_, name)).first->second.poison(dtype_of(case_, name));
        }
    } catch (const suite::Json::exception& e) {
        throw Error(Fault::candidate, "protocol", "plugin worker",
                    std::string("was sent a request without what is due: ") + e.what(), "");
    }
}

std::vector<std::pair<std::string, const GuardedBuffer*>> PluginCall::guarded() const {
    std::vector<std::pair<std::string, const GuardedBuffer*>> result;
    for (const auto* buffers : {&inputs_, &outputs_})
        for (const auto& [name, buffer] : *buffers) result.emplace_back(name, &buffer);
    return result;
}

PluginCall::Outcome PluginCall::call(const PluginLibrary& library) {
    const auto in = [&](const char* tensor) { return data_of(inputs_, tensor); };
    const auto out = [&](const char* tensor) { return data_of(outputs_, tensor); };
    const bncheck_inputs inputs{sizeof inputs,     in("x"),       in("gamma"),     in("beta"),        in("running_mean"),
                                in("running_var"), in("dy"),      in("save_mean"), in("save_invstd"), in("save_var"),
                                in("ddx"),         in("ddgamma"), in("ddbeta")};
    const bncheck_outputs outputs{
        sizeof outputs,      out("y"),           out("save_mean"), out("save_invstd"), out("save_var"),
        out("running_mean"), out("running_var"), out("dx"),        out("dgamma"),      out("dbeta"),
        out("gdy"),          out("gx"),          out("ggamma")};
    const std::vector<std::int64_t> dims(case_.shape.dims.begin(), case_.shape.dims.end());
    const std::vector<std::int64_t> strides = strides_of(case_.shape, case_.layout);
    bncheck_request request{};
    request.size = sizeof request;
    request.id = id_.c_str();
    request.pass = pass_;
    request.mode = case_.training ? BNCHECK_TRAIN : BNCHECK_EVAL;
    request.dtype = code_of(case_.dtype);
    request.layout = case_.layout == Layout::nchw ? BNCHECK_NCHW : BNCHECK_NHWC;
    request.rank = static_cast<int>(dims.size());
    request.dims = dims.data();
    request.strides = strides.data();
    request.channels = static_cast<std::int64_t>(case_.shape.channels());
    request.count = static_cast<std::int64_t>(case_.shape.count());
    request.eps = case_.eps;
    request.momentum = momentum_;
    request.convention = convention_.c_str();
    request.affine = case_.affine;
    request.num_batches_tracked = num_batches_tracked_;
    request.step = step_;
    request.threads = threads_;
    request.in = &inputs;
    request.out = &outputs;
    Outcome outcome;
    char message[4096] = "";
    const FloatEnvironment environment;
    try {
        outcome.status = library.run(request, message, sizeof message);
    } catch (const std::exception& e) {
        outcome.violation = std::string("threw a C++ exception through the C interface: \"") + e.what() + "\"";
    } catch (...) {
        outcome.violation = "threw a C++ exception through the C interface";
    }
    const std::string changed = environment.restore();
    outcome.message = text_of(message, sizeof message);
    if (!outcome.violation.empty()) return outcome;
    if (!changed.empty())
        outcome.violation = "changed " + changed + " and did not put it back";
    else
        outcome.violation = misdeeds();
    // Elements that a call left out count where it claims success.
    if (outcome.violation.empty() && outcome.status == BNCHECK_OK)
        for (const auto& [name, buffer] : outputs_) {
            const auto unwritten = buffer.unwritten(dtype_of(case_, name));
            const std::size_t all = bytes_of(case_, name) / size_of(dtype_of(case_, name));
            if (unwritten.count == 0 || (unwritten.count == all && !tensor_name::is_elementwise(name))) continue;
            outcome.violation = "left " + std::to_string(unwritten.count) + " of the " + std::to_string(all) + " elements of " +
                                name + " unwritten, the first at " + place(name, unwritten.first);
            break;
        }
    return outcome;
}

std::string PluginCall::misdeeds() const {
    for (const auto& [name, buffer] : outputs_)
        if (const std::string overrun = buffer.overrun(); !overrun.empty())
            return "wrote out of bounds of " + name + ": " + overrun;
    return "";
}

std::string PluginCall::place(const std::string& tensor, std::size_t position) const {
    std::vector<std::size_t> dims = dims_of(case_, tensor), index(dims.size());
    for (std::size_t d = dims.size(); d-- > 0; position /= dims[d]) index[d] = position % dims[d];
    if (tensor_name::is_elementwise(tensor) && case_.layout == Layout::nhwc) {  // as every index is given: n, c, spatial
        const std::size_t c = index.back();
        index.pop_back();
        index.insert(index.begin() + 1, c);
    }
    return suite::Json(index).dump();
}

void PluginCall::write_outputs() const {
    for (const auto& [name, buffer] : outputs_) {
        const Dtype dtype = dtype_of(case_, name);
        Tensor tensor(dtype, dims_of(case_, name));
        if (buffer.unwritten(dtype).count == tensor.size()) continue;  // not provided
        std::memcpy(tensor.data(), buffer.data(), tensor.bytes());
        write_npy(output_paths_.at(name), tensor);
    }
}

}  // namespace bncheck::candidate
