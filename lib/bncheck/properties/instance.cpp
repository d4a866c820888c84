#include "bncheck/properties/instance.hpp"

#include "bncheck/core/tensor_name.hpp"

namespace bncheck::properties {

using candidate::Request;
using candidate::Response;

double Instance::parameter(const char* tensor, std::size_t channel, double otherwise) const {
    const auto found = inputs.find(tensor);
    return found == inputs.end() ? otherwise : found->second.at(channel);
}

std::vector<double> Instance::channel(const char* tensor, std::size_t channel) const {
    return gather<double>(inputs.at(tensor), c.shape, c.layout, channel);
}

void Instance::set_channel(const char* tensor, std::size_t channel, const std::vector<double>& values) {
    scatter<double>(inputs.at(tensor), c.shape, c.layout, channel, values);
}

double output_at(const suite::Case& c, const Tensor& tensor, const std::string& name, std::size_t channel, std::size_t i) {
    return tensor.at(tensor_name::is_elementwise(name) ? c.shape.offset(c.layout, channel, i) : channel);
}

std::vector<std::string> forward_outputs(const Subject& subject, const suite::Case& c) {
    if (!subject.forward(c)) return {};
    std::vector<std::string> names{"y"};
    if (c.training) names.insert(names.end(), {"save_mean", std::string(subject.convention->second_saved())});
    if (c.running) names.emplace_back("running_mean");
    const bool undefined = c.training && c.shape.count() == 1 && !subject.convention->running_var_obstacle(1).empty();
    if (c.running && !undefined) names.emplace_back("running_var");
    return names;
}

std::vector<std::string> backward_outputs(const Subject& subject, const suite::Case& c) {
    if (!subject.backward(c)) return {};
    std::vector<std::string> names{"dx"};
    if (c.affine) names.insert(names.end(), {"dgamma", "dbeta"});
    return names;
}

suite::Tensors ask(const Subject& subject, const Instance& instance, std::size_t threads) {
    const suite::Case& c = instance.c;
    suite::Tensors inputs = instance.inputs, outputs;
    const auto run = [&](const char* pass, std::vector<std::string> names) {
        Response response = subject.candidate.run(
            {c, pass, subject.convention, subject.momentum, c.num_batches_tracked, 0, inputs, std::move(names), threads});
        if (response.status != Response::Status::ok) throw response;
        outputs.merge(response.outputs);
    };
    if (subject.forward(c)) {
        inputs.erase("dy");
        run("forward", forward_outputs(subject, c));
    }
    if (subject.backward(c)) {
        inputs = instance.inputs;
        for (const char* name : {"save_mean", "save_invstd", "save_var"})
            if (const auto found = outputs.find(name); found != outputs.end()) inputs.insert(*found);
        run("backward", backward_outputs(subject, c));
    }
    return outputs;
}

}  // namespace bncheck::properties
