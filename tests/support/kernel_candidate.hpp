#pragma once

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/channelwise.hpp"
#include "support/right_kernel.hpp"

namespace bncheck::test {

/// A right kernel of tests/support/right_kernel.hpp as a candidate, in one way of summing and one arrangement of each pass. Its
/// double backward is the definition in quadruple precision, rounded once.
class KernelCandidate : public candidate::Candidate, public candidate::Channelwise {
public:
    KernelCandidate(const Way& way, Forward forward, Backward backward);
    const candidate::Hello& hello() const override { return hello_; }
    candidate::Response run(const candidate::Request& request) override;  ///< is not asked: it is channelwise
    const candidate::Channelwise* channelwise() const override { return this; }
    candidate::ChannelResult run_channel(const candidate::ChannelPass& pass) const override;

private:
    candidate::Hello hello_;
    Way way_;
    std::size_t forward_, backward_;
};

}  // namespace bncheck::test
