#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bncheck/judge/verdict.hpp"
#include "bncheck/properties/channel_model.hpp"

namespace bncheck::properties {

/// What is found of one property of one output tensor.
struct Finding {
    std::string property, tensor;
    judge::Verdict verdict = judge::Verdict::skipped;
    std::optional<judge::TensorFindings> findings;
    bool by_class = false;  ///< the tolerance is that of an accuracy class; else equality is due
    bool of_sums = false;   ///< one value a channel, whatever the tensor
    std::string reason;
};

/// Nothing found, for a reason.
inline Finding skipped(const std::string& property, const std::string& tensor, const std::string& reason) {
    Finding finding;
    finding.property = property;
    finding.tensor = tensor;
    finding.reason = reason;
    return finding;
}

/// The start of what is found within the tolerances of a class.
inline Finding within_class(const std::string& property, bool of_sums = false) {
    Finding finding;
    finding.property = property;
    finding.by_class = true;
    finding.of_sums = of_sums;
    return finding;
}

/// Findings by tensor.
using TensorMap = std::map<std::string, judge::TensorFindings>;

/// Finds something of every channel, in parallel, and joins it in the order of channels. `visit` adds to the map and returns
/// why a channel is left out, or "". One Finding a name of `tensors`: skipped where nothing was added to it.
std::vector<Finding> over_channels(std::size_t channels, const Finding& model, const std::vector<std::string>& tensors,
                                   const std::function<std::string(std::size_t, TensorMap&)>& visit);

/// Adds a value that must be within `tolerance` of `want`. Where the required class guarantees nothing, a value that is not
/// finite is inconclusive too: it is the check of the value itself that knows what is due.
void add(judge::TensorFindings& findings, const judge::Element& element, const judge::ChannelBounds::PerClass& tolerance,
         const judge::Requirement& requirement);

}  // namespace bncheck::properties
