#include "bncheck/properties/determinism.hpp"

#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <thread>

#include "bncheck/core/tensor_name.hpp"

namespace bncheck::properties {
namespace {

suite::Tensors on_threads(const Subject& subject, const Instance& instance, std::size_t threads) {
    using oneapi::tbb::global_control;
    std::optional<global_control> limit;
    if (threads == 1) limit.emplace(global_control::max_allowed_parallelism, 1);
    return ask(subject, instance, threads);
}

bool same_bits(double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// Channel and index of a position in storage: the reverse of Shape::offset().
judge::Element element_at(const suite::Case& c, const std::string& tensor, std::size_t position) {
    const std::size_t area = c.shape.spatial(), channels = c.shape.channels();
    judge::Element element;
    if (!tensor_name::is_elementwise(tensor)) {
        element.channel = position;
    } else if (c.layout == Layout::nhwc) {
        element.channel = position % channels;
        element.i = position / channels;
    } else {
        element.channel = position / area % channels;
        element.i = position / (area * channels) * area + position % area;
    }
    return element;
}

/// Values of `b` whose bits are not those of `a`.
judge::TensorFindings differences(const suite::Case& c, const std::string& name, const Tensor& a, const Tensor& b) {
    judge::TensorFindings found;
    found.elements = a.size();
    if (a == b) return found;
    for (std::size_t p = 0; p < a.size(); ++p) {
        const double first = a.at(p), second = b.at(p);
        if (same_bits(first, second)) continue;
        if (!found.failed++) {
            found.worst = element_at(c, name, p);
            found.worst->got = second;
            found.worst->want = {first};
            found.worst->error = std::fabs(second - first);
        }
        found.max_abs = std::max(found.max_abs, std::fabs(second - first));
        found.utilisation = std::numeric_limits<double>::infinity();
    }
    return found;
}

/// The same on every machine, so that a report is: more than one, and not so many that small tensors leave some without work.
constexpr std::size_t several = 4;

}  // namespace

std::vector<Finding> determinism(const Subject& subject, const Instance& instance) {
    const suite::Case& c = instance.c;
    const suite::Tensors first = on_threads(subject, instance, several), again = on_threads(subject, instance, several),
                         alone = on_threads(subject, instance, 1);
    std::vector<std::string> tensors = forward_outputs(subject, c);
    for (const std::string& tensor : backward_outputs(subject, c)) tensors.push_back(tensor);
    std::vector<Finding> result;
    for (const std::string& tensor : tensors) {
        Finding finding = skipped("", tensor, "not provided");
        const auto given = first.find(tensor), given_again = again.find(tensor), given_alone = alone.find(tensor);
        if (given != first.end() && given_again != again.end() && given_alone != alone.end()) {
            finding.findings = differences(c, tensor, given->second, given_again->second);
            finding.reason = finding.findings->failed ? "two runs on the same number of threads differ" : "";
            if (!finding.findings->failed) {
                finding.findings = differences(c, tensor, given->second, given_alone->second);
                if (finding.findings->failed) finding.reason = "a run on one thread differs from those on several";
            }
            finding.verdict = finding.findings->verdict();
        }
        result.push_back(std::move(finding));
    }
    return result;
}

}  // namespace bncheck::properties
