#include "bncheck/properties/finding.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/core/parallel.hpp"

namespace bncheck::properties {

std::vector<Finding> over_channels(std::size_t channels, const Finding& model, const std::vector<std::string>& tensors,
                                   const std::function<std::string(std::size_t, TensorMap&)>& visit) {
    std::vector<TensorMap> parts(channels);
    std::vector<std::string> obstacles(channels);
    parallel_for_each(channels, [&](std::size_t channel) { obstacles[channel] = visit(channel, parts[channel]); });
    const auto has_obstacle = [](const std::string& obstacle) { return !obstacle.empty(); };
    const auto first = std::find_if(obstacles.begin(), obstacles.end(), has_obstacle);
    const auto left_out = static_cast<std::size_t>(std::count_if(obstacles.begin(), obstacles.end(), has_obstacle));
    std::vector<Finding> result;
    for (const std::string& tensor : tensors) {
        judge::TensorFindings joined;
        for (const TensorMap& part : parts)
            if (const auto found = part.find(tensor); found != part.end()) joined.merge(found->second);
        Finding finding = model;
        finding.tensor = tensor;
        if (left_out == channels)
            finding.reason = *first;
        else if (left_out)
            finding.reason += (finding.reason.empty() ? "" : "; ") + std::to_string(left_out) + " of " +
                              std::to_string(channels) + " channels left out: " + *first;
        if (joined.elements) {
            finding.verdict = joined.verdict();
            finding.findings = std::move(joined);
        } else if (left_out < channels) {
            finding.reason = "not provided";
        }
        result.push_back(std::move(finding));
    }
    return result;
}

void add(judge::TensorFindings& findings, const judge::Element& element, const judge::ChannelBounds::PerClass& tolerance,
         const judge::Requirement& requirement) {
    const bool guaranteed = std::isfinite(tolerance[static_cast<std::size_t>(requirement.required)]);
    if (guaranteed || (std::isfinite(element.got) && std::isfinite(element.want.hi))) {
        findings.add(element, tolerance, requirement);
        return;
    }
    judge::TensorFindings open;
    open.elements = open.inconclusive = 1;
    open.tightest = accuracy_classes;
    open.undetermined = true;
    findings.merge(open);
}

}  // namespace bncheck::properties
