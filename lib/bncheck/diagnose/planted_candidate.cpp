#include "bncheck/diagnose/planted_candidate.hpp"

namespace bncheck::diagnose {
namespace {

candidate::Response answer(const candidate::Request& request, const PlantedBug* bug) {
    candidate::Response response;
    for (const std::string& name : request.outputs)
        response.outputs.emplace(name, Tensor(dtype_of(request.c, name), dims_of(request.c, name)));
    for (std::size_t channel = 0; channel < request.c.shape.channels(); ++channel) {
        StagedChannel s(request, channel);
        const auto plant = [&](Stage stage) {
            if (bug && bug->stage == stage) bug->edit(s);
        };
        plant(Stage::inputs);
        s.compute_statistics();
        plant(Stage::statistics);
        s.compute_normalizer();
        plant(Stage::normalizer);
        if (s.backward) {
            s.compute_sums();
            plant(Stage::sums);
            s.compute_means();
            plant(Stage::means);
            s.compute_gradient();
            plant(Stage::gradient);
        } else {
            s.compute_output();
            plant(Stage::output);
            s.compute_saved();
            plant(Stage::saved);
        }
        s.store(response.outputs);
    }
    return response;
}

}  // namespace

PlantedCandidate::PlantedCandidate(const PlantedBug* bug, Transcript* record) : bug_(bug), record_(record) {
    hello_.name = bug ? bug->name : "without a bug";
    hello_.dtypes = {"float16", "bfloat16", "float32", "float64"};
    hello_.layouts = {"NCHW", "NHWC"};
    hello_.modes = {"train", "eval"};
    hello_.passes = {"forward", "backward"};
}

candidate::Response PlantedCandidate::run(const candidate::Request& request) {
    candidate::Response response = answer(request, bug_);
    if (record_)
        record_->push_back({request.pass, request.convention, request.momentum, request.num_batches_tracked, request.step,
                            request.inputs, response.outputs});
    return response;
}

bool changes_answers(const PlantedBug& bug, const suite::Case& c, const Transcript& right) {
    for (const Exchange& exchange : right) {
        std::vector<std::string> wanted;
        for (const auto& [name, tensor] : exchange.answer) wanted.push_back(name);
        const candidate::Request request{c,
                                         exchange.pass,
                                         exchange.convention,
                                         exchange.momentum,
                                         exchange.num_batches_tracked,
                                         exchange.step,
                                         exchange.inputs,
                                         wanted};
        // Up to here every answer was the right one, so that this is what the bug would have been asked.
        if (answer(request, &bug).outputs != exchange.answer) return true;
    }
    return false;
}

}  // namespace bncheck::diagnose
