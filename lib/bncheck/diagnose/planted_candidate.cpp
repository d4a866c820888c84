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

PlantedCandidate::PlantedCandidate(Transcript* record) : record_(record) {
    hello_.name = "without a bug";
    hello_.dtypes = {"float16", "bfloat16", "float32", "float64"};
    hello_.layouts = {"NCHW", "NHWC"};
    hello_.modes = {"train", "eval"};
    hello_.passes = {"forward", "backward"};
}

PlantedCandidate::PlantedCandidate(const PlantedBug& bug, const Transcript& right) : PlantedCandidate() {
    hello_.name = bug.name;
    bug_ = &bug;
    right_ = &right;
}

candidate::Response PlantedCandidate::run(const candidate::Request& request) {
    candidate::Response response = answer(request, bug_);
    if (record_) record_->push_back(response);
    if (!right_) return response;
    const std::size_t number = answered_++;
    differs_ = differs_ || number >= right_->size() || response.outputs != (*right_)[number].outputs;
    if (differs_ || number + 1 < right_->size()) return response;
    return {candidate::Response::Status::skipped, "the bug changes no bit of this case", {}};
}

}  // namespace bncheck::diagnose
