#include "bncheck/run/independence.hpp"

#include <algorithm>
#include <bit>

#include "bncheck/core/parallel.hpp"

namespace bncheck::run {
namespace {

/// The outputs of both passes that the candidate has.
suite::Tensors answers(const Question& q, candidate::Candidate& candidate, const suite::Tensors& inputs,
                       std::size_t& requests) {
    suite::Tensors all;
    for (const char* pass : {"forward", "backward"}) {
        if (!candidate.hello().obstacle(q.c, pass).empty()) continue;
        const bool backward = std::string_view(pass) == "backward";
        suite::Tensors given = inputs;
        if (!backward) given.erase("dy");
        std::vector<std::string> wanted{backward ? "dx" : "y"};
        if (backward && q.c.affine) wanted.insert(wanted.end(), {"dgamma", "dbeta"});
        candidate::Response response =
            candidate.run({q.c, pass, q.convention, q.momentum.back(), q.c.num_batches_tracked, q.c.steps - 1, given, wanted});
        if (response.status != candidate::Response::Status::ok) throw response;
        ++requests;
        all.merge(response.outputs);
    }
    return all;
}

/// x and dy of the chosen channels turned about, end to end and in sign, and halved: the order of a channel, its sign and its
/// magnitudes, the largest among them, all change. No finite channel stays what it was.
suite::Tensors replaced(const suite::Case& c, const suite::Tensors& inputs, const std::vector<bool>& chosen) {
    suite::Tensors result = inputs;
    for (const char* name : {"x", "dy"}) {
        Tensor& tensor = result.at(name);
        tensor.data();
        parallel_for_each(chosen.size(), [&](std::size_t channel) {
            if (!chosen[channel]) return;
            std::vector<double> values = gather<double>(tensor, c.shape, c.layout, channel), turned(values.size());
            for (std::size_t i = 0; i < values.size(); ++i) turned[i] = values[i] == 0 ? 1 : -values[values.size() - 1 - i] / 2;
            scatter(tensor, c.shape, c.layout, channel, std::span<const double>(turned));
        });
    }
    return result;
}

bool same_channel(const suite::Case& c, const Tensor& a, const Tensor& b, std::size_t channel) {
    const auto same = [](double x, double y) { return std::bit_cast<std::uint64_t>(x) == std::bit_cast<std::uint64_t>(y); };
    if (a.dims() != c.shape.stored(c.layout)) return same(a.at(channel), b.at(channel));
    for (std::size_t i = 0; i < c.shape.count(); ++i) {
        const std::size_t at = c.shape.offset(c.layout, channel, i);
        if (!same(a.at(at), b.at(at))) return false;
    }
    return true;
}

}  // namespace

Independence channel_independence(const Question& q, candidate::Candidate& candidate) {
    Independence result;
    const std::size_t channels = q.c.shape.channels();
    if (candidate.channelwise()) {
        result.by = "each channel is computed by itself";
        return result;
    }
    if (channels == 1) {
        result.by = "there is one channel";
        return result;
    }
    const suite::Tensors inputs = q.problem.tensors(q.c.steps - 1);
    const suite::Tensors first = answers(q, candidate, inputs, result.requests);
    const suite::Tensors again = answers(q, candidate, inputs, result.requests);
    const auto provided_again = [&](const suite::Tensors& outputs) {
        return std::all_of(first.begin(), first.end(), [&](const auto& one) { return outputs.count(one.first) != 0; });
    };
    if (!provided_again(again)) return {false, "not every run provides the same outputs", result.requests};
    for (const auto& [name, tensor] : first)
        if (!(again.at(name) == tensor)) return {false, name + " differs between two runs on the same data", result.requests};
    for (std::size_t bit = 1; bit < channels && result.holds; bit *= 2)
        for (const bool set : {true, false}) {
            std::vector<bool> chosen(channels);
            for (std::size_t channel = 0; channel < channels; ++channel) chosen[channel] = ((channel & bit) != 0) == set;
            const suite::Tensors then = answers(q, candidate, replaced(q.c, inputs, chosen), result.requests);
            if (!provided_again(then)) return {false, "not every run provides the same outputs", result.requests};
            for (const auto& [name, tensor] : first)
                for (std::size_t channel = 0; channel < channels && result.holds; ++channel)
                    if (!chosen[channel] && !same_channel(q.c, tensor, then.at(name), channel)) {
                        result.holds = false;
                        result.by =
                            name + " of channel " + std::to_string(channel) + " changes with the data of other channels";
                    }
            if (!result.holds) return result;
        }
    result.by = "outputs keep their bits while other channels change";
    return result;
}

}  // namespace bncheck::run
