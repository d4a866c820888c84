#pragma once

#include <optional>
#include <set>
#include <span>
#include <vector>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/channelwise.hpp"

namespace bncheck::candidate {

/// Values that a request of stacked channels is about at most, for whoever puts channels together: 16 MB of doubles a tensor.
inline constexpr std::size_t values_of_request = std::size_t{1} << 21;

/// Puts many channels of one kind of problem to a candidate, each with data of its own: one after the other to a Channelwise
/// candidate, else stacked as the channels of one request, whose shape is the case's but for their number.
class Stack {
public:
    /// Of the shape, types, mode and eps of `c`; `momentum` is in the convention.
    Stack(Candidate& candidate, const suite::Case& c, const bn::Convention* convention, double momentum)
        : candidate_(candidate), case_(c), convention_(convention), momentum_(momentum) {}

    /// From now on every channel is put to the candidate by itself, in a request of the case's own shape whose other channels
    /// are those of `inputs`: for candidates whose channels depend on each other.
    void unstack(suite::Tensors inputs) { others_ = std::move(inputs); }

    /// A per-channel output that is to be there: where it is missing `run` throws a skipped Response, as it does for y, dx,
    /// gdy, gx.
    void demand(const std::string& tensor) { demanded_.insert(tensor); }

    /// Whether channels are computed one by one, without any others: then `run` may be called from several threads.
    bool one_by_one() const { return candidate_.channelwise() != nullptr; }

    /// The elementwise outputs of each, and dgamma and dbeta, or ggamma. All are passes of one kind. Throws the Response that
    /// is not ok.
    std::vector<ChannelResult> run(std::span<const ChannelPass> passes) const;

private:
    std::vector<ChannelResult> request(std::span<const ChannelPass> passes) const;

    Candidate& candidate_;
    const suite::Case& case_;
    const bn::Convention* convention_;
    double momentum_;
    std::optional<suite::Tensors> others_;
    std::set<std::string> demanded_;
};

}  // namespace bncheck::candidate
