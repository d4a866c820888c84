#include "bncheck/run/whole_passes.hpp"

namespace bncheck::run {
namespace {

suite::Tensors ask(candidate::Candidate& candidate, const Question& q, const std::string& pass, std::size_t step,
                   const suite::Tensors& inputs, std::vector<std::string> outputs) {
    candidate::Response response = candidate.run(
        {q.c, pass, q.convention, q.momentum[step], q.c.num_batches_tracked + step, step, inputs, std::move(outputs)});
    if (response.status != candidate::Response::Status::ok) throw response;
    return std::move(response.outputs);
}

}  // namespace

suite::Tensors whole_forward(candidate::Candidate& candidate, const Question& q) {
    const suite::Case& c = q.c;
    suite::Tensors carried, outputs;
    bool running_lost = false;
    for (std::size_t step = 0; step < c.steps; ++step) {
        suite::Tensors inputs = q.problem.tensors(step);
        inputs.erase("dy");
        for (auto& [name, tensor] : carried) inputs.insert_or_assign(name, tensor);
        std::vector<std::string> wanted{"y"};
        if (c.training) wanted.insert(wanted.end(), {"save_mean", std::string(q.convention->second_saved())});
        if (c.running) wanted.insert(wanted.end(), {"running_mean", "running_var"});
        outputs = ask(candidate, q, "forward", step, inputs, wanted);
        carried.clear();
        for (const char* name : {"running_mean", "running_var"})
            if (const auto found = outputs.find(name); found != outputs.end()) carried.insert(*found);
        if (c.running && carried.size() < 2 && step + 1 < c.steps) running_lost = true;
    }
    if (running_lost) {
        outputs.erase("running_mean");
        outputs.erase("running_var");
    }
    return outputs;
}

std::vector<std::string> backward_outputs(const suite::Case& c, const std::string& pass) {
    if (pass == "double-backward")
        return c.affine ? std::vector<std::string>{"gdy", "gx", "ggamma"} : std::vector<std::string>{"gdy", "gx"};
    return c.affine ? std::vector<std::string>{"dx", "dgamma", "dbeta"} : std::vector<std::string>{"dx"};
}

suite::Tensors saved_statistics(const suite::Tensors& outputs) {
    suite::Tensors saved;
    for (const char* name : {"save_mean", "save_invstd", "save_var"})
        if (const auto found = outputs.find(name); found != outputs.end()) saved.insert(*found);
    return saved;
}

suite::Tensors whole_backward(candidate::Candidate& candidate, const Question& q, const std::string& pass,
                              const suite::Tensors& saved) {
    // x of the last step; dy and the per-channel tensors are the same in all.
    suite::Tensors inputs = q.problem.tensors(q.c.steps - 1);
    inputs.merge(saved_statistics(saved));
    if (pass == "double-backward") inputs.merge(q.problem.seeds());
    return ask(candidate, q, pass, q.c.steps - 1, inputs, backward_outputs(q.c, pass));
}

}  // namespace bncheck::run
