#include "bncheck/run/jacobian_rows.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/core/parallel.hpp"
#include "bncheck/oracle/facts.hpp"

namespace bncheck::run {
namespace {

using candidate::ChannelPass;
using candidate::ChannelResult;
using gradient::UnitRows;

constexpr std::size_t rows_of_piece = 128;  ///< for one thread; the truth of a channel is made once a piece

/// A channel, and what its rows are held against; nothing where the forward has no derivative.
struct Subject {
    ChannelEvidence inputs;
    oracle::ChannelView view;
    std::unique_ptr<UnitRows> truth;
};

std::unique_ptr<Subject> subject_of(const Question& q, std::size_t channel) {
    auto subject = std::make_unique<Subject>();
    subject->inputs = channel_inputs(q, channel);
    subject->view = view_of(q, subject->inputs);
    oracle::ChannelView& view = subject->view;
    view.x = {view.x.back()};  // the last step's backward
    view.weights.clear();
    view.running = false;
    view.dy = {};
    const oracle::ChannelFacts facts = oracle::facts_of(view, q.c.dtype);
    // 0 times an infinity of x is NaN in every dgamma.
    for (std::size_t i = 0; i < view.x.back().size(); ++i)
        if (!std::isfinite(view.x.back()[i])) return nullptr;
    if (!(facts.q > 0) || !std::isfinite(facts.q) || !std::isfinite(facts.r)) return nullptr;
    subject->truth = std::make_unique<UnitRows>(view, q.c.dtype, q.required, q.flushes);
    return subject;
}

UnitRows::Row row_of(const ChannelResult& result, bool parameters) {
    if (!parameters) return {result.elements.values(), std::nullopt, std::nullopt};
    return {result.elements.values(), result.dgamma, result.dbeta};
}

void merge(UnitRows::Findings& into, const UnitRows::Findings& from) {
    into.dx.merge(from.dx);
    into.dgamma.merge(from.dgamma);
    into.dbeta.merge(from.dbeta);
}

}  // namespace

UnitRows::Findings jacobian_rows(const Question& q, const candidate::Stack& stack, bool parameters) {
    const std::size_t channels = q.c.shape.channels(), m = q.c.shape.count();
    const std::size_t together =
        stack.one_by_one() ? rows_of_piece : std::max<std::size_t>(1, candidate::values_of_request / m);
    const std::size_t rows = std::min(m, together), pieces = (m + rows - 1) / rows;
    UnitRows::Findings result;
    const auto judge_piece = [&](std::size_t p, UnitRows::Findings& findings) {
        const std::size_t channel = p / pieces, first = p % pieces * rows, last = std::min(m, first + rows);
        const std::unique_ptr<Subject> subject = subject_of(q, channel);
        if (!subject) return;
        const auto judge = [&](std::size_t j, const ChannelResult& answer) {
            subject->truth->judge(channel, j, row_of(answer, parameters), findings);
        };
        if (stack.one_by_one()) {
            for (std::size_t j = first; j < last; ++j) {
                const ChannelBuffer dy = unit_vector(q.c.dtype, m, j);
                judge(j, stack.run(std::vector{pass_of(q, subject->view, channel, subject->view.x.back(), dy.values())})[0]);
            }
            return;
        }
        std::vector<ChannelBuffer> unit_vectors;
        std::vector<ChannelPass> passes;
        for (std::size_t j = first; j < last; ++j) {
            unit_vectors.push_back(unit_vector(q.c.dtype, m, j));
            passes.push_back(pass_of(q, subject->view, channel, subject->view.x.back(), unit_vectors.back().values()));
        }
        const std::vector<ChannelResult> answers = stack.run(passes);
        for (std::size_t j = first; j < last; ++j) judge(j, answers[j - first]);
    };
    if (!stack.one_by_one()) {
        for (std::size_t p = 0; p < channels * pieces; ++p) judge_piece(p, result);
        return result;
    }
    std::vector<UnitRows::Findings> parts(channels * pieces);
    parallel_for_each(parts.size(), [&](std::size_t p) { judge_piece(p, parts[p]); });
    for (const UnitRows::Findings& part : parts) merge(result, part);
    return result;
}

}  // namespace bncheck::run
