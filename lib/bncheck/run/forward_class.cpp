#include "bncheck/run/forward_class.hpp"

#include <algorithm>

#include "bncheck/core/parallel.hpp"

namespace bncheck::run {
namespace {

using candidate::ChannelPass;
using candidate::ChannelResult;

/// Values of y at a base point that are looked at.
constexpr std::size_t values_of_class = 4096;

}  // namespace

ForwardClass forward_class(const Question& q, const candidate::Stack& stack, std::size_t channels) {
    const auto channel = [&](std::size_t k) { return spread(k, channels, q.c.shape.channels()); };
    std::vector<std::size_t> classes(2 * channels, 0);
    const auto base_at = [&](std::size_t k) {
        return k % 2 ? channel_nearby(q, channel(k / 2)) : differenced_channel(q, channel(k / 2));
    };
    const auto place = [&](std::size_t k, const DifferencedChannel& base, const ChannelResult& at) {
        classes[k] = gradient::forward_class(base.base, at.elements.values(), q.flushes, values_of_class);
    };
    const auto pass_at = [&](const DifferencedChannel& base) { return base.pass(q, base.base.view.x.back()); };
    if (stack.one_by_one()) {
        parallel_for_each(classes.size(), [&](std::size_t k) {
            if (const auto base = base_at(k)) place(k, *base, stack.run(std::vector{pass_at(*base)})[0]);
        });
    } else {
        const std::size_t together = std::max<std::size_t>(1, candidate::values_of_request / q.c.shape.count());
        for (std::size_t first = 0; first < classes.size(); first += together) {
            std::vector<std::pair<std::size_t, std::unique_ptr<DifferencedChannel>>> bases;
            std::vector<ChannelPass> passes;
            for (std::size_t k = first; k < std::min(classes.size(), first + together); ++k)
                if (auto base = base_at(k)) {
                    passes.push_back(pass_at(*base));
                    bases.emplace_back(k, std::move(base));
                }
            if (passes.empty()) continue;
            const std::vector<ChannelResult> results = stack.run(passes);
            for (std::size_t b = 0; b < bases.size(); ++b) place(bases[b].first, *bases[b].second, results[b]);
        }
    }
    // A forward that is in no class errs by unknown amounts: the noise is then that of the required one.
    const std::size_t loosest = *std::max_element(classes.begin(), classes.end());
    if (loosest < accuracy_classes) return {static_cast<AccuracyClass>(loosest), true};
    return {q.required, false};
}

}  // namespace bncheck::run
