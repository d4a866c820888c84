#include "bncheck/run/gradient_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "bncheck/core/error.hpp"
#include "bncheck/gradient/definition_check.hpp"
#include "bncheck/oracle/facts.hpp"
#include "bncheck/run/forward_class.hpp"
#include "bncheck/run/forward_differences.hpp"
#include "bncheck/run/independence.hpp"
#include "bncheck/run/jacobian_rows.hpp"
#include "bncheck/run/products.hpp"
#include "bncheck/run/taylor_test.hpp"
#include "bncheck/run/whole_passes.hpp"

namespace bncheck::run {
namespace {

using judge::EntryFindings;
using judge::Verdict;
using report::CheckReport;

/// Vector-Jacobian products beside that of the case's own dy; one less of a very large case.
std::size_t other_dys(const suite::Case& c) { return c.shape.elements() <= std::size_t{1} << 24 ? 2 : 1; }
constexpr std::size_t taylor_channels = 4;
/// Elements of a case that is not put whole to a candidate again and again.
constexpr std::size_t large_elements = std::size_t{1} << 20;

CheckReport row(const std::string& tensor, const std::string& method, Verdict verdict, std::string reason) {
    CheckReport report;
    report.check = "gradient";
    report.tensor = tensor;
    report.method = method;
    report.verdict = verdict;
    report.reason = std::move(reason);
    return report;
}

CheckReport row(const std::string& tensor, const std::string& method, const EntryFindings& findings, std::string sample) {
    CheckReport report = row(tensor, method, findings.verdict(), "");
    report.entries = findings;
    report.sample = std::move(sample);
    return report;
}

std::string of(std::size_t some, std::size_t all, const std::string& what) {
    return some == all ? fmt::format("all {} {}", all, what) : fmt::format("{} of {} {}", some, all, what);
}

class GradientChecks {
public:
    GradientChecks(candidate::Candidate& candidate, const Question& q, const Judgement& own, const suite::Tensors& saved,
                   const CaseOptions& options, std::map<std::string, double>& seconds)
        : candidate_(candidate),
          q_(q),
          own_(own),
          saved_(saved),
          options_(options),
          seconds_(seconds),
          stack_(candidate, q.c, q.convention, q.momentum.back()),
          no_forward_(q.obstacle("forward")),
          no_backward_(q.obstacle("backward")),
          own_data_alone_(candidate.hello().obstacle_to_other_data()) {
        tensors_ = backward_outputs(q.c, "backward");
        for (const std::string& tensor : tensors_)
            if (provided(tensor)) stack_.demand(tensor);
    }

    std::vector<CheckReport> run() {
        const auto timed = [&](const std::string& method, auto work) {
            const auto start = std::chrono::steady_clock::now();
            try {
                work();
            } catch (const candidate::Response& failed) {  // what was found before it stands
                rows_.push_back(unanswered("gradient", "dx", method, failed));
            }
            seconds_[method] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        };
        timed("vjp", [&] { products(); });
        if (!no_forward_.empty() && !no_backward_.empty()) return std::move(rows_);  // nothing was put to the candidate
        if (!differentiable()) {
            rows_.push_back(row("dx", "differences", Verdict::skipped, "the forward has no derivative in any channel"));
            return std::move(rows_);
        }
        if (!own_data_alone_.empty()) {
            rows_.push_back(row("dx", "differences", Verdict::skipped, own_data_alone_));
            timed("definition", [&] { definition(); });
            return std::move(rows_);
        }
        timed("independence", [&] { independence(); });
        if (options_.full) timed("rows", [&] { jacobian(); });
        if (format_of(q_.c.dtype).precision < 24) {
            rows_.push_back(row("dx", "differences", Verdict::skipped,
                                "y of 16 bits is too coarse for differences, whose noise would exceed most entries"));
        } else {
            timed("differences", [&] { differences(); });
            timed("taylor", [&] { taylor(); });
        }
        timed("definition", [&] { definition(); });
        explain();
        return std::move(rows_);
    }

private:
    bool provided(const std::string& tensor) const { return own_.tensors.count(tensor) != 0; }

    bool differentiable() const {
        Question asked = q_;
        asked.backward = false;
        for (std::size_t channel = 0; channel < q_.c.shape.channels(); ++channel) {
            const ChannelEvidence inputs = channel_inputs(asked, channel);
            const oracle::ChannelView view = view_of(asked, inputs);
            const oracle::ChannelFacts facts = oracle::facts_of(view, q_.c.dtype);
            if (facts.q > 0 && std::isfinite(facts.q) && std::isfinite(facts.r)) return true;
        }
        return false;
    }

    /// Whether dy is constant in every channel: then dx and dgamma are zero whatever the backward does.
    bool uniform_dy() const {
        if (q_.c.shape.count() == 1) return false;
        Question asked = q_;
        asked.backward = true;
        for (std::size_t channel = 0; channel < q_.c.shape.channels(); ++channel)
            if (!channel_inputs(asked, channel).dy.values().uniform()) return false;
        return true;
    }

    void products() {
        Products products(q_, "backward");
        std::string obstacle = no_backward_;
        if (no_backward_.empty()) {
            if (uniform_dy()) {
                rows_.push_back(
                    row("dx", "own-dy", Verdict::inconclusive,
                        "the case's dy is uniform and tests nothing: dx and dgamma are zero whatever the backward does" +
                            std::string(own_data_alone_.empty() ? "; dy of random signs and sizes are used instead" : "")));
                obstacle = own_data_alone_;
            } else {
                products.add(own_);
            }
            if (own_data_alone_.empty()) products.ask(candidate_, saved_, other_dys(q_.c), options_.reference);
        }
        // A backward that is in no class errs by unknown amounts.
        of_backward_ = products.class_of("dx").value_or(q_.required);
        for (CheckReport& report : products.reports("gradient", obstacle)) rows_.push_back(std::move(report));
        if (products.failed()) throw *products.failed();
    }

    /// A large case is not asked for 2 log2 C times over, but its first channels.
    bool is_large() const { return !candidate_.channelwise() && q_.c.shape.elements() > large_elements; }

    void independence() {
        const std::size_t some = std::max<std::size_t>(2, large_elements / q_.c.shape.count());
        const std::optional<suite::Case> leading = is_large() ? suite::leading_channels(q_.c, some) : std::optional(q_.c);
        if (!leading || (is_large() && some > q_.c.shape.channels())) {
            rows_.push_back(
                row("dx", "independence", Verdict::skipped, "channels are not known to be independent: the case is large"));
            return;
        }
        const suite::Problem problem(*leading);
        const Question asked{*leading, q_.convention, problem, q_.momentum, q_.flushes, q_.required, true};
        const Independence found = channel_independence(asked, candidate_);
        const std::string of_some = is_large() ? fmt::format(" (of the first {} channels)", some) : "";
        rows_.push_back(
            row("dx", "independence", found.holds ? Verdict::pass : Verdict::inconclusive,
                (found.holds ? "channels are independent: " + found.by
                             : "channels are not independent: " + found.by + "; each is perturbed and asked for alone") +
                    of_some));
        rows_.back().evaluations = found.requests * leading->shape.channels();
        if (!found.holds) stack_.unstack(q_.problem.tensors(q_.c.steps - 1));
    }

    void jacobian() {
        if (!no_backward_.empty()) return;
        const auto found = jacobian_rows(q_, stack_, provided("dgamma") && provided("dbeta"));
        const std::string sample = "every unit vector dy";
        rows_.push_back(row("dx", "rows", found.dx, sample));
        if (!found.dgamma.entries) return;
        rows_.push_back(row("dgamma", "rows", found.dgamma, sample));
        rows_.push_back(row("dbeta", "rows", found.dbeta, sample));
    }

    void differences() {
        if (!no_forward_.empty()) {
            for (const std::string& tensor : tensors_)
                rows_.push_back(row(tensor, "differences", Verdict::skipped, no_forward_));
            return;
        }
        const Sample sample = sample_of(q_.c, options_.full, stack_.one_by_one());
        const ForwardClass noise_of = forward_class(q_, stack_, sample.channels);
        of_forward_ = noise_of.found;
        const ForwardDifferences found = forward_differences(q_, stack_, sample, of_forward_);
        const std::string channels = of(sample.channels, q_.c.shape.channels(), "channels");
        const std::string noise = noise_of.placed ? fmt::format(", noise of class {}", name_of(of_forward_)) : "";
        rows_.push_back(row(
            "dx", "differences", found.columns,
            of(sample.columns, q_.c.shape.count(), "columns of ") + channels +
                (sample.rows && sample.rows < q_.c.shape.count() ? fmt::format(", {} rows each", sample.rows) : "") + noise));
        rows_.push_back(row("dx", "directions", found.directions, fmt::format("{} of ", sample.directions) + channels + noise));
        if (!q_.c.affine) return;
        rows_.push_back(row("dgamma", "differences", found.gamma, channels + noise));
        rows_.push_back(row("dbeta", "differences", found.beta, channels + noise));
    }

    void taylor() {
        if (!no_forward_.empty() || !no_backward_.empty()) return;
        const std::size_t all = q_.c.shape.channels(), some = std::min(all, is_large() ? std::size_t{1} : taylor_channels);
        TaylorTest test = taylor_test(q_, stack_, some, of_forward_, of_backward_);
        if (!test.channels) return;
        CheckReport report = row("dx", "taylor", test.findings, of(some, all, "channels"));
        for (const gradient::TaylorPoint& point : test.curve) report.curve.push_back({point.h, point.remainder, point.allowed});
        if (std::isfinite(test.slope)) report.slope = test.slope;
        rows_.push_back(std::move(report));
    }

    void definition() {
        Question asked = q_;
        asked.backward = true;
        for (std::size_t channel = 0; channel < q_.c.shape.channels(); ++channel) {
            const ChannelEvidence inputs = channel_inputs(asked, channel);
            const oracle::ChannelView view = view_of(asked, inputs);
            const auto exact = gradient::check_in_256_bits(view);
            if (!exact) continue;
            const auto wide = gradient::check_in_double_double(view);
            add_definition(*exact, channel);
            if (wide) add_definition(*wide, channel);
            return;
        }
    }

    void add_definition(const gradient::DefinitionCheck& check, std::size_t channel) {
        if (!check.holds())
            throw Error(Fault::internal, "oracle", q_.c.id(),
                        "closed form, dual numbers and differences of the definition disagree in " + check.arithmetic,
                        "please report this case");
        const std::string sample = gradient::sample_text(check, channel);
        const auto add = [&](const std::string& tensor, const EntryFindings& findings) {
            if (std::find(tensors_.begin(), tensors_.end(), tensor) == tensors_.end()) return;
            rows_.push_back(row(tensor, "definition", findings, sample));
        };
        add("dx", check.dx);
        add("dgamma", check.dgamma);
        add("dbeta", check.dbeta);
    }

    /// What a failure of the backward means, seen beside its own forward.
    void explain() {
        const auto verdict = [&](const std::string& method) {
            for (const CheckReport& report : rows_)
                if (report.method == method && report.tensor == "dx") return report.verdict;
            return Verdict::skipped;
        };
        for (CheckReport& report : rows_) {
            if (report.tensor != "dx" || report.verdict != Verdict::fail || report.method != "vjp") continue;
            if (verdict("taylor") == Verdict::pass)
                report.reason =
                    "dx is the gradient of the candidate's own y: forward and backward agree, on another function than batch "
                    "normalization";
            else if (verdict("taylor") == Verdict::fail)
                report.reason = "dx is not the gradient of the candidate's own y";
        }
    }

    candidate::Candidate& candidate_;
    const Question& q_;
    const Judgement& own_;
    const suite::Tensors& saved_;
    const CaseOptions& options_;
    std::map<std::string, double>& seconds_;
    candidate::Stack stack_;
    std::string no_forward_, no_backward_, own_data_alone_;
    std::vector<std::string> tensors_;
    AccuracyClass of_forward_ = AccuracyClass::updating, of_backward_ = AccuracyClass::updating;  ///< found
    std::vector<CheckReport> rows_;
};

}  // namespace

CheckReport unanswered(const std::string& check, const std::string& tensor, const std::string& method,
                       const candidate::Response& response) {
    const bool skips = response.status == candidate::Response::Status::skipped;
    CheckReport report = row(tensor, method, skips ? Verdict::skipped : Verdict::error, response.reason);
    report.check = check;
    return report;
}

std::vector<CheckReport> gradient_checks(candidate::Candidate& candidate, const Question& q, const Judgement& own,
                                         const suite::Tensors& saved, const CaseOptions& options,
                                         std::map<std::string, double>& seconds) {
    return GradientChecks(candidate, q, own, saved, options, seconds).run();
}

}  // namespace bncheck::run
