#include "bncheck/run/forward_differences.hpp"

#include <algorithm>

#include "bncheck/core/parallel.hpp"

namespace bncheck::run {
namespace {

using candidate::ChannelPass;
using candidate::ChannelResult;
using gradient::Variable;

/// Values of y, in all points, that a case may ask for by requests, without --full.
constexpr std::size_t values_of_case = std::size_t{1} << 23;

std::size_t points_of(const Sample& s) {
    return 2 * (gradient::column_steps * s.columns + gradient::direction_steps * s.directions + 2);
}

class Differences {
public:
    Differences(const Question& q, const candidate::Stack& stack, const Sample& sample, AccuracyClass of_forward)
        : q_(q), stack_(stack), sample_(sample), points_(q, sample, of_forward) {}

    ForwardDifferences run() {
        if (stack_.one_by_one())
            run_in_pieces();
        else
            run_in_requests();
        return std::move(result_);
    }

private:
    std::size_t channel(std::size_t k) const { return spread(k, sample_.channels, q_.c.shape.channels()); }

    static void judge(const DifferencedChannel& channel, AskedDifference& a, std::span<const ChannelResult> answers,
                      ForwardDifferences& result) {
        std::vector<Values> above, below;
        for (std::size_t k = 0; k < answers.size(); ++k)
            (k < answers.size() / 2 ? above : below).push_back(answers[k].elements.values());
        a.difference.signs = a.signs;
        judge::EntryFindings& to = a.difference.variable == Variable::x           ? result.columns
                                   : a.difference.variable == Variable::direction ? result.directions
                                   : a.difference.variable == Variable::gamma     ? result.gamma
                                                                                  : result.beta;
        gradient::judge_difference(channel.base, channel.channel, a.difference, above, below, to);
    }

    static void merge(ForwardDifferences& into, const ForwardDifferences& from) {
        into.columns.merge(from.columns);
        into.directions.merge(from.directions);
        into.gamma.merge(from.gamma);
        into.beta.merge(from.beta);
    }

    /// Channels, or parts of one, side by side; a difference at a time, so that no Jacobian is ever there.
    void run_in_pieces() {
        // Enough pieces for the threads there may be; the base point of a channel is made once a piece.
        const std::size_t pieces =
            std::clamp<std::size_t>(least_pieces(q_.c.shape.count()) / sample_.channels, 1, points_.count());
        const std::size_t tasks_a_piece = (points_.count() + pieces - 1) / pieces;
        std::vector<ForwardDifferences> parts(sample_.channels * pieces);
        parallel_for_each(parts.size(), [&](std::size_t p) {
            const std::size_t first = p % pieces * tasks_a_piece, last = std::min(points_.count(), first + tasks_a_piece);
            const std::unique_ptr<DifferencedChannel> base = differenced_channel(q_, channel(p / pieces));
            for (std::size_t task = first; base && task < last; ++task) {
                AskedDifference a = points_.at(*base, task);
                judge(*base, a, stack_.run(a.passes), parts[p]);
            }
        });
        for (const ForwardDifferences& part : parts) merge(result_, part);
    }

    /// As many differences as fit into a request, of whatever channels.
    void run_in_requests() {
        struct Pending {
            const DifferencedChannel* base;
            AskedDifference asked;
        };
        std::vector<std::unique_ptr<DifferencedChannel>> bases;
        std::vector<Pending> pending;
        std::size_t values = 0;
        const auto flush = [&] {
            std::vector<ChannelPass> passes;
            for (const Pending& p : pending)
                for (const ChannelPass& pass : p.asked.passes) passes.push_back(pass);
            const std::vector<ChannelResult> answers = passes.empty() ? std::vector<ChannelResult>{} : stack_.run(passes);
            std::size_t at = 0;
            for (Pending& p : pending) {
                judge(*p.base, p.asked, std::span(answers).subspan(at, p.asked.passes.size()), result_);
                at += p.asked.passes.size();
            }
            pending.clear();
            values = 0;
            if (bases.size() > 1) bases.erase(bases.begin(), bases.end() - 1);
        };
        for (std::size_t k = 0; k < sample_.channels; ++k) {
            std::unique_ptr<DifferencedChannel> base = differenced_channel(q_, channel(k));
            if (!base) continue;
            bases.push_back(std::move(base));
            for (std::size_t task = 0; task < points_.count(); ++task) {
                AskedDifference a = points_.at(*bases.back(), task);
                values += a.passes.size() * q_.c.shape.count();
                pending.push_back({bases.back().get(), std::move(a)});
                if (values >= candidate::values_of_request) flush();
            }
        }
        flush();
    }

    const Question& q_;
    const candidate::Stack& stack_;
    const Sample& sample_;
    DifferencePoints points_;
    ForwardDifferences result_;
};

}  // namespace

Sample sample_of(const suite::Case& c, bool full, bool one_by_one) {
    const std::size_t m = c.shape.count(), channels = c.shape.channels();
    if (full) return {channels, m, 0, 2};
    Sample sample{channels, std::min<std::size_t>(m, 4), std::min<std::size_t>(m, 16), 2};
    if (one_by_one) return sample;
    while (points_of(sample) * m * std::min<std::size_t>(channels, 4) > values_of_case && sample.columns > 1) {
        sample.columns /= 2;
        sample.directions = 1;
    }
    sample.channels = std::clamp<std::size_t>(values_of_case / (points_of(sample) * m), 1, channels);
    return sample;
}

ForwardDifferences forward_differences(const Question& question, const candidate::Stack& stack, const Sample& sample,
                                       AccuracyClass of_forward) {
    return Differences(question, stack, sample, of_forward).run();
}

}  // namespace bncheck::run
