#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/candidate/channelwise.hpp"
#include "bncheck/core/channel_buffer.hpp"
#include "bncheck/oracle/channel.hpp"

namespace bncheck::run {

/// What was put to a candidate, and how it is judged.
struct Question {
    const suite::Case& c;
    const bn::Convention* convention;  ///< the candidate is judged by
    const suite::Problem& problem;
    std::vector<double> momentum;  ///< as sent, by step
    bool flushes = false;
    AccuracyClass required = AccuracyClass::updating;
    bool backward = false;         ///< dx is judged
    bool double_backward = false;  ///< gdy and gx are
    /// Passes that cannot be put to the candidate, or that it skipped, with the reason.
    std::map<std::string, std::string> obstacles = {};

    std::string obstacle(const std::string& pass) const {
        const auto found = obstacles.find(pass);
        return found == obstacles.end() ? "" : found->second;
    }
};

/// One channel of inputs and of what came back for them.
struct ChannelEvidence {
    std::vector<ChannelBuffer> x;  ///< by step
    ChannelBuffer dy, ddx;
    std::map<std::string, double> inputs;           ///< per-channel: gamma, beta, running_mean, running_var, ddgamma, ddbeta
    std::map<std::string, ChannelBuffer> elements;  ///< y, dx, gdy, gx
    std::map<std::string, double> outputs;          ///< per-channel: save_mean, ...

    bool provides(const std::string& tensor) const { return elements.count(tensor) || outputs.count(tensor); }
    double output(const std::string& tensor, std::size_t i) const {
        const auto found = elements.find(tensor);
        return found == elements.end() ? outputs.at(tensor) : found->second.values()[i];
    }
};

/// The inputs of a channel alone.
ChannelEvidence channel_inputs(const Question& question, std::size_t channel);

/// The oracle's view of a channel; `evidence` must outlive it.
oracle::ChannelView view_of(const Question& question, const ChannelEvidence& evidence);

/// A pass over one channel of the case with other values of x (and of dy, which makes it a backward); gamma, beta and the
/// running statistics are the view's.
candidate::ChannelPass pass_of(const Question& question, const oracle::ChannelParameters& parameters, std::size_t channel,
                               const Values& x, const Values& dy = {});

/// Where the outputs of a case come from, channel by channel; called from several threads at once.
class Answers {
public:
    virtual ~Answers() = default;
    virtual ChannelEvidence channel(std::size_t channel) const = 0;
};

/// Outputs that are there as whole tensors.
class WholeAnswers : public Answers {
public:
    WholeAnswers(const Question& question, const suite::Tensors& outputs) : question_(question), outputs_(outputs) {}
    ChannelEvidence channel(std::size_t channel) const override;

private:
    const Question& question_;
    const suite::Tensors& outputs_;
};

/// Outputs that a candidate computes as they are asked for: no more than a channel a thread is in memory.
class StreamedAnswers : public Answers {
public:
    StreamedAnswers(const Question& question, const candidate::Channelwise& candidate, bool forward)
        : question_(question), candidate_(candidate), forward_(forward) {}
    ChannelEvidence channel(std::size_t channel) const override;

private:
    const Question& question_;
    const candidate::Channelwise& candidate_;
    bool forward_;
};

}  // namespace bncheck::run
