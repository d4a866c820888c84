#include "bncheck/run/second_order_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "bncheck/core/error.hpp"
#include "bncheck/core/parallel.hpp"
#include "bncheck/gradient/definition_check.hpp"
#include "bncheck/gradient/second_order_rows.hpp"
#include "bncheck/oracle/facts.hpp"
#include "bncheck/run/backward_differences.hpp"
#include "bncheck/run/forward_differences.hpp"
#include "bncheck/run/gradient_checks.hpp"
#include "bncheck/run/products.hpp"

namespace bncheck::run {
namespace {

using candidate::ChannelPass;
using candidate::ChannelResult;
using judge::EntryFindings;
using report::CheckReport;

CheckReport row(const std::string& tensor, const std::string& method, const EntryFindings& findings,
                const std::string& sample) {
    CheckReport report;
    report.check = "double-backward";
    report.tensor = tensor;
    report.method = method;
    report.verdict = findings.verdict();
    report.entries = findings;
    report.sample = sample;
    return report;
}

void merge(gradient::SecondOrderRowFindings& into, const gradient::SecondOrderRowFindings& from) {
    into.gdy.merge(from.gdy);
    into.gx.merge(from.gx);
    into.ggamma.merge(from.ggamma);
}

/// Products beside those of the case's own dy and ddx; of a large case none, whose truth takes double-double arithmetic.
std::size_t other_products(const suite::Case& c) { return c.shape.elements() <= std::size_t{1} << 18 ? 2 : 0; }

void add_products(std::vector<CheckReport>& reports, candidate::Candidate& candidate, const Question& q, const Judgement& own,
                  const suite::Tensors& saved, const CaseOptions& options) {
    Products products(q, "double-backward");
    if (q.double_backward) {
        products.add(own);
        if (candidate.hello().obstacle_to_other_data().empty())
            products.ask(candidate, saved, other_products(q.c), options.reference);
    }
    for (CheckReport& report : products.reports("double-backward", q.obstacle("double-backward")))
        reports.push_back(std::move(report));
    if (products.failed()) throw *products.failed();
}

/// Rows of a channel that one thread, or a request, is about.
constexpr std::size_t rows_of_piece = 128;

gradient::SecondOrderRowFindings unit_rows(const Question& q, const candidate::Stack& stack, bool has_ggamma) {
    Question asked = q;
    asked.backward = true;
    asked.double_backward = false;
    const std::size_t m = q.c.shape.count(), channels = q.c.shape.channels();
    const std::size_t together =
        stack.one_by_one() ? rows_of_piece : std::max<std::size_t>(1, candidate::values_of_request / m);
    const std::size_t rows = std::min(m, together), pieces = (m + rows - 1) / rows;
    std::vector<gradient::SecondOrderRowFindings> parts(channels * pieces);
    const auto piece = [&](std::size_t p) {
        const std::size_t channel = p / pieces, first = p % pieces * rows, last = std::min(m, first + rows);
        const ChannelEvidence inputs = channel_inputs(asked, channel);
        oracle::ChannelView view = view_of(asked, inputs);
        view.x = {view.x.back()};
        view.weights.clear();
        view.running = false;
        const oracle::ChannelFacts facts = oracle::facts_of(view, q.c.dtype);
        for (std::size_t i = 0; i < m; ++i)
            if (!std::isfinite(view.x.back()[i]) || !std::isfinite(view.dy[i])) return;
        if (!(facts.q > 0) || !std::isfinite(facts.q) || !std::isfinite(facts.r)) return;
        const auto unit = [&](std::size_t j) { return unit_vector(q.c.dtype, m, j); };
        const auto pass = [&](const Values& ddx) {
            ChannelPass second = pass_of(asked, view, channel, view.x.back(), view.dy);
            second.pass = candidate::Pass::double_backward;
            second.ddx = ddx;
            return second;
        };
        const auto judge = [&](std::size_t j, const ChannelResult& answer) {
            const std::optional<double> ggamma = has_ggamma ? std::optional(answer.ggamma) : std::nullopt;
            gradient::judge_second_order_row(view, q.c.dtype, q.required, q.flushes, channel, j,
                                             {answer.elements.values(), answer.gx.values(), ggamma}, parts[p]);
        };
        if (stack.one_by_one()) {
            for (std::size_t j = first; j < last; ++j) {
                const ChannelBuffer ddx = unit(j);
                judge(j, stack.run(std::vector{pass(ddx.values())})[0]);
            }
            return;
        }
        std::vector<ChannelBuffer> units;
        std::vector<ChannelPass> passes;
        for (std::size_t j = first; j < last; ++j) {
            units.push_back(unit(j));
            passes.push_back(pass(units.back().values()));
        }
        const std::vector<ChannelResult> answers = stack.run(passes);
        for (std::size_t j = first; j < last; ++j) judge(j, answers[j - first]);
    };
    if (stack.one_by_one())
        parallel_for_each(parts.size(), piece);
    else
        for (std::size_t p = 0; p < parts.size(); ++p) piece(p);
    gradient::SecondOrderRowFindings result;
    for (const gradient::SecondOrderRowFindings& part : parts) merge(result, part);
    return result;
}

bool differentiable(const Question& q) {
    for (std::size_t channel = 0; channel < q.c.shape.channels(); ++channel) {
        const ChannelEvidence inputs = channel_inputs(q, channel);
        const oracle::ChannelFacts facts = oracle::facts_of(view_of(q, inputs), q.c.dtype);
        if (facts.q > 0 && std::isfinite(facts.q) && std::isfinite(facts.r)) return true;
    }
    return false;
}

void add_definition(std::vector<CheckReport>& reports, const Question& q) {
    Question asked = q;
    asked.double_backward = true;
    for (std::size_t channel = 0; channel < q.c.shape.channels(); ++channel) {
        const ChannelEvidence inputs = channel_inputs(asked, channel);
        oracle::ChannelView view = view_of(asked, inputs);
        view.dy = inputs.dy.values();
        const auto seed = [&](const char* name) { return q.c.affine ? inputs.inputs.at(name) : 0; };
        const gradient::SecondSeeds seeds{inputs.ddx.values(), seed("ddgamma"), seed("ddbeta")};
        const auto found = gradient::check_second_order(view, seeds);
        if (!found) continue;
        if (!found->holds())
            throw Error(Fault::internal, "oracle", q.c.id(),
                        "closed form, dual numbers and differences of the definition's double backward disagree in " +
                            found->arithmetic,
                        "please report this case");
        const std::string sample = gradient::sample_text(*found, channel);
        const auto add = [&](const char* tensor, const EntryFindings& findings) {
            if (findings.entries) reports.push_back(row(tensor, "definition", findings, sample));  // none where dy is zero
        };
        add("gdy", found->dbeta);
        add("gx", found->dx);
        if (q.c.affine) add("ggamma", found->dgamma);
        return;
    }
}

}  // namespace

std::vector<CheckReport> second_order_checks(candidate::Candidate& candidate, const Question& q, const Judgement& own,
                                             const suite::Tensors& saved, const CaseOptions& options,
                                             std::map<std::string, double>& seconds) {
    std::vector<CheckReport> reports;
    const auto timed = [&](const std::string& method, auto work) {
        const auto start = std::chrono::steady_clock::now();
        try {
            work();
        } catch (const candidate::Response& failed) {  // what was found before it stands
            reports.push_back(unanswered("double-backward", "gx", method, failed));
        }
        seconds["second order " + method] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    timed("vjp", [&] { add_products(reports, candidate, q, own, saved, options); });
    if (!q.obstacle("double-backward").empty() || !differentiable(q)) return reports;
    if (const std::string why = candidate.hello().obstacle_to_other_data(); !why.empty()) {
        CheckReport skipped = report::without_findings("double-backward", "gx", judge::Verdict::skipped, why);
        skipped.method = "differences";
        reports.push_back(std::move(skipped));
        timed("definition", [&] { add_definition(reports, q); });
        return reports;
    }
    candidate::Stack stack(candidate, q.c, q.convention, q.momentum.back());
    const bool has_ggamma = q.c.affine && own.tensors.count("ggamma");
    if (has_ggamma)
        for (const char* tensor : {"ggamma", "dgamma"}) stack.demand(tensor);
    if (options.full && q.double_backward)
        timed("rows", [&] {
            const gradient::SecondOrderRowFindings found = unit_rows(q, stack, has_ggamma);
            reports.push_back(row("gdy", "rows", found.gdy, "every unit vector ddx"));
            reports.push_back(row("gx", "rows", found.gx, "every unit vector ddx"));
            if (found.ggamma.entries) reports.push_back(row("ggamma", "rows", found.ggamma, "every unit vector ddx"));
        });
    if (q.obstacle("backward").empty() && format_of(q.c.dtype).precision >= 24)
        timed("differences", [&] {
            const Sample sample = sample_of(q.c, options.full, stack.one_by_one());
            const BackwardDifferences found = backward_differences(q, stack, sample, has_ggamma);
            const std::string text = fmt::format("{} of {} columns and {} directions of {} of {} channels, noise of class {}",
                                                 sample.columns, q.c.shape.count(), sample.directions, sample.channels,
                                                 q.c.shape.channels(), name_of(found.of_backward));
            reports.push_back(row("gdy", "differences", found.gdy, text));
            reports.push_back(row("gx", "differences", found.gx, text));
            if (found.ggamma.entries) reports.push_back(row("ggamma", "differences", found.ggamma, text));
        });
    timed("definition", [&] { add_definition(reports, q); });
    return reports;
}

}  // namespace bncheck::run
