#include "bncheck/run/judge_case.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>

#include "bncheck/core/parallel.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/run/channel_judge.hpp"

namespace bncheck::run {
namespace {

using judge::TensorFindings;

/// Values of a group of channels that is judged in one piece: enough that records of the findings are rare; of a small case a
/// sixteenth of all, so that threads share it.
constexpr std::size_t group_values = std::size_t{1} << 16, least_groups = 16;
constexpr std::size_t groups_at_once = 256;

/// The worst elements' truth from the highest level, to print it: once a channel for all tensors whose worst it has.
void sharpen(std::map<std::string, TensorFindings>& tensors, const Question& question) {
    std::map<std::size_t, std::vector<std::string>> by_channel;
    for (const auto& [name, findings] : tensors)
        if (findings.worst && (question.c.training || !name.starts_with("running")))
            by_channel[findings.worst->channel].push_back(name);
    const std::vector<std::pair<std::size_t, std::vector<std::string>>> channels(by_channel.begin(), by_channel.end());
    parallel_for_each(channels.size(), [&](std::size_t k) {
        const auto& [channel, names] = channels[k];
        Question asked = question;
        asked.backward = std::any_of(names.begin(), names.end(), [](const std::string& n) { return n.front() == 'd'; });
        asked.double_backward = std::any_of(names.begin(), names.end(), tensor_name::is_second_order);
        const ChannelEvidence inputs = channel_inputs(asked, channel);
        const oracle::ChannelView view = view_of(asked, inputs);
        oracle::ChannelTruth truth(view, question.c.dtype, oracle::LevelName::mpfr);
        std::optional<SecondOrder> second;
        if (asked.double_backward) second.emplace(asked, inputs, oracle::LevelName::mpfr);
        for (const std::string& name : names) {
            judge::Element& worst = *tensors.at(name).worst;
            if (tensor_name::is_second_order(name))
                worst.want = second->truth.at(name, worst.i, oracle::LevelName::mpfr);
            else
                worst.want = truth.at(name, worst.i, oracle::LevelName::mpfr);
        }
    });
}

/// Of the blocks of channels one, and what plots show.
Judgement joined(Findings&& found, std::size_t channels) {
    Judgement result{{},          std::move(found.expected), {}, std::move(found.oracle_disagrees),
                     found.kappa, found.mean_over_stddev,    0};
    for (const auto& [name, blocks] : found.tensors) {
        judge::ChannelMap& map = result.profiles[name].channels;
        map.channels_per_block = judge::channels_per_block(channels);
        for (const auto& [block, findings] : blocks) {
            result.tensors[name].merge(findings);
            map.utilisation.push_back(findings.utilisation);
        }
    }
    for (auto& [name, sample] : found.samples) result.profiles[name].elements = std::move(sample);
    return result;
}

}  // namespace

Judgement judge_case(const Question& question, const Answers& answers, oracle::LevelName from) {
    const std::size_t channels = question.c.shape.channels(), m = question.c.shape.count();
    const std::size_t values = std::min(group_values, channels * m / least_groups);
    const std::size_t group = std::max<std::size_t>(1, values / m), groups = (channels + group - 1) / group;
    Findings found;
    std::vector<char> resolved(m, 0);
    std::mutex resolved_mutex;
    std::atomic<bool> all_resolved = false;
    const auto judge_group = [&](std::size_t g, Findings& part) {
        std::vector<char> mine;
        for (std::size_t channel = g * group; channel < std::min(channels, (g + 1) * group); ++channel) {
            const ChannelEvidence evidence = answers.channel(channel);
            ChannelJudge judge(question, evidence, channel, from);
            judge.add_to(part);
            if (all_resolved) continue;
            mine.resize(m);
            judge.mark_resolved(mine);
        }
        if (mine.empty()) return;
        const std::lock_guard lock(resolved_mutex);  // a union does not depend on the order
        for (std::size_t i = 0; i < m; ++i) resolved[i] = static_cast<char>(resolved[i] | mine[i]);
        all_resolved = std::find(resolved.begin(), resolved.end(), char{0}) == resolved.end();
    };
    // Some groups at a time, so that what is found of them takes the same memory however many there are.
    for (std::size_t begin = 0; begin < groups; begin += groups_at_once) {
        std::vector<Findings> parts(std::min(groups_at_once, groups - begin));
        parallel_for_each(parts.size(), [&](std::size_t k) { judge_group(begin + k, parts[k]); });
        for (const Findings& part : parts) found.merge(part);
    }
    Judgement result = joined(std::move(found), channels);
    sharpen(result.tensors, question);
    result.resolution = static_cast<double>(std::count(resolved.begin(), resolved.end(), char{1})) / static_cast<double>(m);
    return result;
}

}  // namespace bncheck::run
