#pragma once

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/diagnose/planted_bug.hpp"

namespace bncheck::diagnose {

/// A request that was put to a candidate, and what it answered.
struct Exchange {
    std::string pass;
    const bn::Convention* convention = nullptr;
    double momentum = 0;
    std::uint64_t num_batches_tracked = 0;
    std::size_t step = 0;
    suite::Tensors inputs, answer;
};

/// The exchanges of a case, in their order.
using Transcript = std::vector<Exchange>;

/// Our own kernel, stage by stage, with one bug or none (null).
class PlantedCandidate : public candidate::Candidate {
public:
    /// Every exchange is added to `record` where that is given.
    explicit PlantedCandidate(const PlantedBug* bug, Transcript* record = nullptr);

    const candidate::Hello& hello() const override { return hello_; }
    candidate::Response run(const candidate::Request& request) override;

private:
    candidate::Hello hello_;
    const PlantedBug* bug_;
    Transcript* record_;
};

/// Whether the bug changes a bit of an answer to the case, of which `right` is the kernel's transcript without a bug.
bool changes_answers(const PlantedBug& bug, const suite::Case& c, const Transcript& right);

}  // namespace bncheck::diagnose
