#pragma once

#include <optional>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/diagnose/planted_bug.hpp"

namespace bncheck::diagnose {

/// What the kernel without a bug answered to the requests of a case, in their order.
using Transcript = std::vector<candidate::Response>;

/// Our own kernel, stage by stage, with one bug or none.
class PlantedCandidate : public candidate::Candidate {
public:
    /// Without a bug. What it answers is added to `record` where that is given.
    explicit PlantedCandidate(Transcript* record = nullptr);
    /// With one. As long as its answers to a case are bit for bit `right`, there is nothing to judge: once they all were, the
    /// last is `skipped`.
    PlantedCandidate(const PlantedBug& bug, const Transcript& right);

    const candidate::Hello& hello() const override { return hello_; }
    candidate::Response run(const candidate::Request& request) override;

    bool differs() const { return differs_; }  ///< some answer was not `right`

private:
    candidate::Hello hello_;
    const PlantedBug* bug_ = nullptr;
    Transcript* record_ = nullptr;
    const Transcript* right_ = nullptr;
    std::size_t answered_ = 0;
    bool differs_ = false;
};

}  // namespace bncheck::diagnose
