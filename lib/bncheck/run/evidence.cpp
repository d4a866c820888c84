#include "bncheck/run/evidence.hpp"

#include "bncheck/core/tensor_name.hpp"

namespace bncheck::run {
namespace {

ChannelBuffer generated(const Question& q, const std::string& tensor, std::size_t step, std::size_t channel) {
    ChannelBuffer buffer(q.c.dtype, q.c.shape.count());
    buffer.visit([&](auto values) { q.problem.channel(tensor, step, channel, values); });
    return buffer;
}

}  // namespace

ChannelEvidence channel_inputs(const Question& q, std::size_t channel) {
    ChannelEvidence e;
    for (std::size_t step = 0; step < q.c.steps; ++step) e.x.push_back(generated(q, "x", step, channel));
    if (q.backward || q.double_backward) e.dy = generated(q, "dy", 0, channel);
    for (const auto& [name, tensor] : q.problem.per_channel()) e.inputs.emplace(name, tensor.at(channel));
    if (!q.double_backward) return e;
    e.ddx = generated(q, "ddx", 0, channel);
    for (const auto& [name, tensor] : q.problem.per_channel_seeds()) e.inputs.emplace(name, tensor.at(channel));
    return e;
}

oracle::ChannelView view_of(const Question& q, const ChannelEvidence& e) {
    const auto value = [&](const char* name, double otherwise) {
        const auto found = e.inputs.find(name);
        return found == e.inputs.end() ? otherwise : found->second;
    };
    oracle::ChannelView view;
    view.training = q.c.training;
    view.eps = q.c.eps;
    view.gamma = value("gamma", 1);
    view.beta = value("beta", 0);
    view.running = q.c.running;
    view.running_mean = value("running_mean", 0);
    view.running_var = value("running_var", 1);
    view.follow(*q.convention, q.momentum, q.c.num_batches_tracked);
    for (const ChannelBuffer& x : e.x) view.x.push_back(x.values());
    if (q.backward) view.dy = e.dy.values();
    return view;
}

candidate::ChannelPass pass_of(const Question& q, const oracle::ChannelParameters& p, std::size_t channel, const Values& x,
                               const Values& dy) {
    return {q.c,
            q.convention,
            q.momentum.back(),
            q.c.num_batches_tracked + q.c.steps - 1,
            dy.size() ? candidate::Pass::backward : candidate::Pass::forward,
            x,
            dy,
            p.gamma,
            p.beta,
            p.running_mean,
            p.running_var,
            channel};
}

ChannelEvidence WholeAnswers::channel(std::size_t channel) const {
    const suite::Case& c = question_.c;
    ChannelEvidence e = channel_inputs(question_, channel);
    for (const auto& [name, tensor] : outputs_) {
        if (!tensor_name::is_elementwise(name)) {
            e.outputs.emplace(name, tensor.at(channel));
            continue;
        }
        ChannelBuffer buffer(c.dtype, c.shape.count());
        buffer.visit([&](auto values) { gather(tensor, c.shape, c.layout, channel, values); });
        e.elements.emplace(name, std::move(buffer));
    }
    return e;
}

ChannelEvidence StreamedAnswers::channel(std::size_t channel) const {
    const suite::Case& c = question_.c;
    ChannelEvidence e = channel_inputs(question_, channel);
    const oracle::ChannelView view = view_of(question_, e);
    double running_mean = view.running_mean, running_var = view.running_var;
    const auto seed = [&](const char* name) {
        const auto found = e.inputs.find(name);
        return found == e.inputs.end() ? 0 : found->second;
    };
    using candidate::Pass;
    const auto pass = [&](std::size_t step, Pass which) {
        return candidate_.run_channel({c, question_.convention, question_.momentum[step], c.num_batches_tracked + step, which,
                                       e.x[step].values(), e.dy.values(), view.gamma, view.beta, running_mean, running_var,
                                       channel, e.ddx.values(), seed("ddgamma"), seed("ddbeta")});
    };
    for (std::size_t step = 0; forward_ && step < c.steps; ++step) {
        candidate::ChannelResult result = pass(step, Pass::forward);
        running_mean = result.running_mean;
        running_var = result.running_var;
        if (step + 1 < c.steps) continue;
        std::vector<std::string> names;
        if (c.training) names.insert(names.end(), {"save_mean", std::string(question_.convention->second_saved())});
        if (c.running) names.insert(names.end(), {"running_mean", "running_var"});
        for (const std::string& name : names) e.outputs.emplace(name, result.at(name));
        e.elements.emplace("y", std::move(result.elements));
    }
    running_mean = view.running_mean;
    running_var = view.running_var;
    if (question_.backward) {
        candidate::ChannelResult result = pass(c.steps - 1, Pass::backward);
        if (c.affine)
            for (const char* name : {"dgamma", "dbeta"}) e.outputs.emplace(name, result.at(name));
        e.elements.emplace("dx", std::move(result.elements));
    }
    if (question_.double_backward) {
        candidate::ChannelResult result = pass(c.steps - 1, Pass::double_backward);
        if (c.affine) e.outputs.emplace("ggamma", result.at("ggamma"));
        e.elements.emplace("gdy", std::move(result.elements));
        e.elements.emplace("gx", std::move(result.gx));
    }
    return e;
}

}  // namespace bncheck::run
