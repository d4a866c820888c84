#pragma once

#include <string>
#include <vector>

#include "bncheck/candidate/candidate.hpp"

namespace bncheck::properties {

/// One step of a case with its inputs as whole tensors: what is transformed and put to a candidate.
struct Instance {
    suite::Case c;  ///< of which eps is transformed too
    suite::Tensors inputs;

    double parameter(const char* tensor, std::size_t channel, double otherwise) const;  ///< a per-channel input
    /// The m values of x or dy in one channel.
    std::vector<double> channel(const char* tensor, std::size_t channel) const;
    void set_channel(const char* tensor, std::size_t channel, const std::vector<double>& values);
};

/// Value i of channel c of an output; a per-channel tensor has one value a channel.
double output_at(const suite::Case& c, const Tensor& tensor, const std::string& name, std::size_t channel, std::size_t i);

/// Who is asked, and how it is spoken to and judged.
struct Subject {
    candidate::Candidate& candidate;
    const bn::Convention* convention;
    double momentum = 0;  ///< in that convention
    AccuracyClass required = AccuracyClass::updating;

    bool forward(const suite::Case& c) const { return candidate.hello().obstacle(c, "forward").empty(); }
    bool backward(const suite::Case& c) const { return candidate.hello().obstacle(c, "backward").empty(); }
};

/// Names of the outputs of the passes of a case that the candidate supports.
std::vector<std::string> forward_outputs(const Subject& subject, const suite::Case& c);
std::vector<std::string> backward_outputs(const Subject& subject, const suite::Case& c);

/// Outputs of the passes that the candidate supports. `threads` is what it is told, 0: nothing. Throws the
/// candidate::Response that is not ok.
suite::Tensors ask(const Subject& subject, const Instance& instance, std::size_t threads = 0);

}  // namespace bncheck::properties
