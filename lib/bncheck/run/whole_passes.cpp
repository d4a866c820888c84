#include "bncheck/run/whole_passes.hpp"

#include <algorithm>

namespace bncheck::run {
namespace {

candidate::Response ask(candidate::Candidate& candidate, const Question& q, const std::string& pass, std::size_t step,
                        const suite::Tensors& inputs, std::vector<std::string> outputs) {
    candidate::Response response = candidate.run(
        {q.c, pass, q.convention, q.momentum[step], q.c.num_batches_tracked + step, step, inputs, std::move(outputs)});
    if (response.status != candidate::Response::Status::ok) throw response;
    return response;
}

}  // namespace

candidate::Response whole_forward(candidate::Candidate& candidate, const Question& q) {
    const suite::Case& c = q.c;
    suite::Tensors carried;
    candidate::Response response;
    bool running_lost = false;
    for (std::size_t step = candidate.hello().fixed ? c.steps - 1 : 0; step < c.steps; ++step) {
        suite::Tensors inputs = q.problem.tensors(step);
        inputs.erase("dy");
        for (auto& [name, tensor] : carried) inputs.insert_or_assign(name, tensor);
        response = ask(candidate, q, "forward", step, inputs, suite::outputs_of(c, *q.convention, "forward"));
        carried.clear();
        for (const char* name : {"running_mean", "running_var"})
            if (const auto found = response.outputs.find(name); found != response.outputs.end()) carried.insert(*found);
        if (c.running && carried.size() < 2 && step + 1 < c.steps) running_lost = true;
    }
    if (running_lost) {
        response.outputs.erase("running_mean");
        response.outputs.erase("running_var");
    }
    return response;
}

std::vector<std::string> backward_outputs(const suite::Case& c, const std::string& pass) {
    return suite::outputs_of(c, *c.convention, pass);
}

suite::Tensors saved_statistics(const suite::Tensors& outputs) {
    suite::Tensors saved;
    for (const char* name : {"save_mean", "save_invstd", "save_var"})
        if (const auto found = outputs.find(name); found != outputs.end()) saved.insert(*found);
    return saved;
}

candidate::Response whole_backward(candidate::Candidate& candidate, const Question& q, const std::string& pass,
                                   const suite::Tensors& saved) {
    // x of the last step; dy and the per-channel tensors are the same in all.
    suite::Tensors inputs = q.problem.tensors(q.c.steps - 1);
    inputs.merge(saved_statistics(saved));
    if (pass == "double-backward") inputs.merge(q.problem.seeds());
    return ask(candidate, q, pass, q.c.steps - 1, inputs, backward_outputs(q.c, pass));
}

std::string ask_passes(candidate::Candidate& candidate, Question& q, bool forward, candidate::Response& answer) {
    std::string skipped_because;
    bool asked = false;
    const auto ask_pass = [&](const std::string& pass, auto request) {
        asked = true;
        try {
            candidate::Response response = request();
            answer.outputs.merge(response.outputs);
            answer.faults.merge(response.faults);
        } catch (const candidate::Response& failed) {
            if (failed.status != candidate::Response::Status::skipped) throw FailedPass{pass, failed.reason};
            q.obstacles[pass] = failed.reason;
            if (skipped_because.empty()) skipped_because = failed.reason;
        }
    };
    if (forward) ask_pass("forward", [&] { return whole_forward(candidate, q); });
    const suite::Tensors saved = saved_statistics(answer.outputs);
    const auto ask_backward = [&](const std::string& pass, bool& judged) {
        if (!judged) return;
        ask_pass(pass, [&] { return whole_backward(candidate, q, pass, saved); });
        const std::vector<std::string> names = backward_outputs(q.c, pass);
        judged = std::any_of(names.begin(), names.end(), [&](const auto& name) { return answer.outputs.count(name) != 0; });
    };
    ask_backward("backward", q.backward);
    ask_backward("double-backward", q.double_backward);
    if (!answer.outputs.empty() || !answer.faults.empty()) return "";
    if (!asked && candidate.hello().fixed) return "no check of the case is about tensors that can be saved";
    return skipped_because;
}

}  // namespace bncheck::run
