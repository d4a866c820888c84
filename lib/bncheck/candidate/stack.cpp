#include "bncheck/candidate/stack.hpp"

#include "bncheck/core/parallel.hpp"
#include "bncheck/core/tensor_name.hpp"

namespace bncheck::candidate {
namespace {

/// Writes passes into channels of tensors: that of pass k is channel place(k).
template <class Place>
void fill(suite::Tensors& inputs, const suite::Case& c, std::span<const ChannelPass> passes, Place place) {
    const auto elements = [&](const char* name, auto values_of) {
        Tensor& tensor = inputs.at(name);
        tensor.data();  // once, before several threads write
        parallel_for_each(passes.size(), [&](std::size_t k) {
            const Values values = values_of(passes[k]);
            if (values.narrow())
                scatter(tensor, c.shape, c.layout, place(k), std::span<const float>(values.narrow(), values.size()));
            else
                scatter(tensor, c.shape, c.layout, place(k), std::span<const double>(values.wide(), values.size()));
        });
    };
    const auto parameter = [&](const char* name, auto value_of) {
        Tensor& tensor = inputs.at(name);
        for (std::size_t k = 0; k < passes.size(); ++k) tensor.set(place(k), value_of(passes[k]));
    };
    elements("x", [](const ChannelPass& p) { return p.x; });
    if (passes[0].pass != Pass::forward) elements("dy", [](const ChannelPass& p) { return p.dy; });
    if (passes[0].pass == Pass::double_backward) elements("ddx", [](const ChannelPass& p) { return p.ddx; });
    if (c.affine) {
        parameter("gamma", [](const ChannelPass& p) { return p.gamma; });
        parameter("beta", [](const ChannelPass& p) { return p.beta; });
        if (passes[0].pass == Pass::double_backward) {
            parameter("ddgamma", [](const ChannelPass& p) { return p.ddgamma; });
            parameter("ddbeta", [](const ChannelPass& p) { return p.ddbeta; });
        }
    }
    if (c.running) {
        parameter("running_mean", [](const ChannelPass& p) { return p.running_mean; });
        parameter("running_var", [](const ChannelPass& p) { return p.running_var; });
    }
}

std::vector<std::string> input_names(const suite::Case& c, Pass pass) {
    std::vector<std::string> names{"x"};
    if (pass != Pass::forward) names.push_back("dy");
    if (pass == Pass::double_backward) names.push_back("ddx");
    if (c.affine) names.insert(names.end(), {"gamma", "beta"});
    if (c.affine && pass == Pass::double_backward) names.insert(names.end(), {"ddgamma", "ddbeta"});
    if (c.running) names.insert(names.end(), {"running_mean", "running_var"});
    return names;
}

std::vector<std::string> output_names(const suite::Case& c, Pass pass) {
    std::vector<std::string> names = pass == Pass::forward    ? std::vector<std::string>{"y"}
                                     : pass == Pass::backward ? std::vector<std::string>{"dx"}
                                                              : std::vector<std::string>{"gdy", "gx"};
    if (c.affine && pass == Pass::backward) names.insert(names.end(), {"dgamma", "dbeta"});
    if (c.affine && pass == Pass::double_backward) names.push_back("ggamma");
    return names;
}

ChannelResult taken(const suite::Case& c, const suite::Tensors& outputs, std::size_t channel) {
    ChannelResult result;
    for (const auto& [name, tensor] : outputs)
        if (tensor_name::is_elementwise(name)) {
            ChannelBuffer& buffer = name == "gx" ? result.gx : result.elements;
            buffer = ChannelBuffer(c.dtype, c.shape.count());
            buffer.visit([&, &of = tensor](auto values) { gather(of, c.shape, c.layout, channel, values); });
        } else {
            result.at(name) = tensor.at(channel);
        }
    return result;
}

}  // namespace

std::vector<ChannelResult> Stack::run(std::span<const ChannelPass> passes) const {
    std::vector<ChannelResult> results;
    results.reserve(passes.size());
    if (const Channelwise* channelwise = candidate_.channelwise())
        for (const ChannelPass& pass : passes) results.push_back(channelwise->run_channel(pass));
    else if (others_)
        for (std::size_t k = 0; k < passes.size(); ++k) results.push_back(std::move(request(passes.subspan(k, 1))[0]));
    else
        return request(passes);
    return results;
}

std::vector<ChannelResult> Stack::request(std::span<const ChannelPass> passes) const {
    suite::Case c = case_;
    const Pass pass = passes[0].pass;
    suite::Tensors inputs;
    if (others_) {
        for (const std::string& name : input_names(c, pass)) inputs.emplace(name, others_->at(name));
        fill(inputs, c, passes, [&](std::size_t) { return passes[0].channel; });
    } else {
        c.shape.dims[1] = passes.size();
        for (const std::string& name : input_names(c, pass)) inputs.emplace(name, Tensor(dtype_of(c, name), dims_of(c, name)));
        fill(inputs, c, passes, [](std::size_t k) { return k; });
    }
    const Request request{c,      std::string(name_of(pass)), convention_, momentum_, c.num_batches_tracked, 0,
                          inputs, output_names(c, pass)};
    const Response response = candidate_.run(request);
    if (response.status != Response::Status::ok) throw response;
    for (const std::string& name : request.outputs)
        if (!response.outputs.count(name) && (tensor_name::is_elementwise(name) || demanded_.count(name)))
            throw Response{
                Response::Status::skipped, "the candidate does not provide " + name + " where channels are stacked", {}};
    std::vector<ChannelResult> results(passes.size());
    parallel_for_each(passes.size(),
                      [&](std::size_t k) { results[k] = taken(c, response.outputs, others_ ? passes[k].channel : k); });
    return results;
}

}  // namespace bncheck::candidate
