#include "bncheck/run/run_case.hpp"

#include <algorithm>

#include "bncheck/bn/momentum.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/run/derivation_check.hpp"
#include "bncheck/run/gradient_checks.hpp"
#include "bncheck/run/judge_case.hpp"
#include "bncheck/run/property_checks.hpp"
#include "bncheck/run/second_order_checks.hpp"
#include "bncheck/run/whole_passes.hpp"
#include "bncheck/suite/case_reader.hpp"

namespace bncheck::run {
namespace {

using candidate::Response;
using judge::Verdict;
using report::CheckReport;
using suite::Check;

report::CaseReport described(const suite::Case& c) {
    report::CaseReport r;
    r.id = c.id();
    r.suite = c.suite;
    r.note = c.note;
    r.tags = c.tags;
    r.shape = c.shape.dims;
    r.dtype = name_of(c.dtype);
    r.layout = name_of(c.layout);
    r.mode = c.training ? "train" : "eval";
    r.convention = c.convention->name;
    r.eps = c.eps;
    r.momentum = c.momentum;
    r.seed = c.seed;
    r.affine = c.affine;
    r.running = c.running;
    r.steps = c.steps;
    for (const auto& [tensor, generator] : c.data) r.data[tensor] = suite::name_of(generator);
    return r;
}

const bn::Convention* convention_for(const suite::Case& c, const candidate::Hello& hello, const CaseOptions& options) {
    if (options.convention) return options.convention;
    if (!hello.convention) return c.convention;
    if (const bn::Convention* named = bn::convention_named(*hello.convention)) return named;
    throw Error(Fault::candidate, "protocol", "candidate",
                "follows the convention '" + *hello.convention + "', which is not known",
                suggestion(*hello.convention, bn::convention_names()) + "; --convention overrides");
}

class CaseRun {
public:
    CaseRun(const suite::Case& c, candidate::Candidate& candidate, const CaseOptions& options)
        : c_(c), candidate_(candidate), options_(options), convention_(convention_for(c, candidate.hello(), options)) {}

    report::CaseReport run() {
        report::CaseReport r = described(c_);
        r.convention = convention_->name;
        r.required = name_of(options_.require.value_or(c_.require));
        if (c_.refusal) return refused(std::move(r));
        r.reason = suite::obstacle_under(*convention_, c_);
        if (!r.reason.empty()) return skipped(std::move(r));
        if (!candidate_.channelwise() && suite::memory_needed(c_, true) > suite::physical_memory()) {
            r.reason = "needs its tensors whole for this candidate, more than this machine's memory";
            return skipped(std::move(r));
        }
        const bool backward_wanted = c_.has(Check::backward) || c_.has(Check::gradient) || expects({"dx", "dgamma", "dbeta"});
        const bool forward_judged = c_.has(Check::forward) || c_.has(Check::running) || !c_.expect.empty();
        // A backward may take what its forward saved.
        const bool saved_wanted = (c_.has(Check::gradient) || c_.has(Check::double_backward)) && !candidate_.channelwise() &&
                                  candidate_.hello().obstacle(c_, "forward").empty();
        const bool forward_wanted = forward_judged || saved_wanted;
        const std::string no_forward = forward_wanted ? candidate_.hello().obstacle(c_, "forward") : "";
        const bool double_backward_wanted = c_.has(Check::double_backward) || expects({"gdy", "gx", "ggamma"});
        const std::string no_double_backward = double_backward_wanted ? candidate_.hello().obstacle(c_, "double-backward") : "";
        const std::string no_backward = backward_wanted ? candidate_.hello().obstacle(c_, "backward") : "";
        const suite::Problem problem(c_);
        Question question{c_,
                          convention_,
                          problem,
                          {},
                          candidate_.hello().flushes_to_zero,
                          options_.require.value_or(c_.require),
                          backward_wanted && no_backward.empty(),
                          double_backward_wanted && no_double_backward.empty()};
        // What is sent is what the truth is computed from.
        for (std::size_t step = 0; step < c_.steps; ++step)
            question.momentum.push_back(
                bn::momentum_in(*convention_, *c_.convention, c_.momentum, c_.num_batches_tracked + step));
        const bool forward_asked = forward_wanted && no_forward.empty();
        suite::Tensors outputs;
        std::unique_ptr<Answers> answers;
        if (const candidate::Channelwise* channelwise = candidate_.channelwise()) {
            answers = std::make_unique<StreamedAnswers>(question, *channelwise, forward_asked);
        } else {
            std::string failing_pass;
            const auto ask_backward = [&](const std::string& pass, const suite::Tensors& saved) {
                failing_pass = pass;
                outputs.merge(whole_backward(candidate_, question, pass, saved));
            };
            try {
                failing_pass = "forward";
                if (forward_asked) outputs = whole_forward(candidate_, question);
                const suite::Tensors saved = outputs;
                if (question.backward) ask_backward("backward", saved);
                if (question.double_backward) ask_backward("double-backward", saved);
            } catch (const Response& failed) {
                r.reason = failed.reason;
                if (failed.status == Response::Status::skipped) return skipped(std::move(r));
                r.checks.push_back(report::without_findings(failing_pass,
                                                            failing_pass == "forward"    ? "y"
                                                            : failing_pass == "backward" ? "dx"
                                                                                         : "gx",
                                                            Verdict::error, failed.reason));
                r.verdict = Verdict::error;
                return r;
            }
            if (!forward_judged) outputs.erase("y");
            question.backward = question.backward && outputs.count("dx");
            question.double_backward = question.double_backward && outputs.count("gdy") && outputs.count("gx");
            answers = std::make_unique<WholeAnswers>(question, outputs);
        }
        const Judgement judgement = judge_case(question, *answers, options_.reference);
        r.kappa = judgement.kappa;
        r.mean_over_stddev = judgement.mean_over_stddev;
        r.resolution = judgement.resolution;
        report_checks(r, question, judgement, no_forward, no_backward);
        add_gradient_checks(r, question, judgement, outputs);
        for (CheckReport& check : property_checks(candidate_, question)) r.checks.push_back(std::move(check));
        r.verdict = report::worst_verdict(r.checks);
        if (r.verdict == Verdict::skipped) r.reason = r.checks.empty() ? "nothing to check" : r.checks.front().reason;
        return r;
    }

private:
    bool expects(std::initializer_list<const char*> tensors) const {
        return std::any_of(tensors.begin(), tensors.end(), [&](const char* t) { return c_.expect.count(t) != 0; });
    }

    report::CaseReport refused(report::CaseReport r) const {
        const suite::Case::Refusal& refusal = *c_.refusal;
        const bool as_due = refusal.found == refusal.due;
        r.checks.push_back(report::without_findings("expect_error", refusal.due, as_due ? Verdict::pass : Verdict::fail,
                                                    as_due ? refusal.message
                                                    : refusal.found.empty()
                                                        ? refusal.message
                                                        : "refused as " + refusal.found + ": " + refusal.message));
        r.reason = r.checks.back().reason;
        r.verdict = r.checks.back().verdict;
        r.resolution = 1;  // a refusal needs no data to be seen
        return r;
    }

    report::CaseReport skipped(report::CaseReport r) const {
        r.checks.push_back(report::without_findings("forward", "y", Verdict::skipped, r.reason));
        r.verdict = Verdict::skipped;
        return r;
    }

    void add(report::CaseReport& r, const std::string& check, const std::string& tensor,
             const std::map<std::string, judge::TensorFindings>& findings, bool classified) const {
        const auto found = findings.find(tensor);
        if (found == findings.end() || found->second.elements == 0) {
            r.checks.push_back(report::without_findings(check, tensor, Verdict::skipped, "not provided"));
            return;
        }
        CheckReport report;
        report.check = check;
        report.tensor = tensor;
        report.findings = found->second;
        report.verdict = found->second.verdict();
        if (classified) report.required = options_.require.value_or(c_.require);
        if (const auto allowed = c_.allow.find(tensor); allowed != c_.allow.end()) report.allowed_ulp = allowed->second;
        r.checks.push_back(std::move(report));
    }

    std::string running_var_obstacle(const std::string& tensor) const {
        return tensor == "running_var" && c_.training ? convention_->running_var_obstacle(c_.shape.count()) : "";
    }

    void report_checks(report::CaseReport& r, const Question& q, const Judgement& j, const std::string& no_forward,
                       const std::string& no_backward) const {
        const auto each = [&](Check check, const std::string& obstacle, const std::vector<std::string>& tensors,
                              const auto& findings, bool classified = true) {
            for (const std::string& tensor : tensors) {
                if (const std::string why = running_var_obstacle(tensor); obstacle.empty() && !why.empty())
                    r.checks.push_back(report::without_findings(std::string(name_of(check)), tensor, Verdict::skipped, why));
                else if (obstacle.empty())
                    add(r, std::string(name_of(check)), tensor, findings, classified);
                else
                    r.checks.push_back(
                        report::without_findings(std::string(name_of(check)), tensor, Verdict::skipped, obstacle));
            }
        };
        const std::vector<std::string> backward = backward_outputs(c_, "backward");
        std::vector<std::string> forward{"y"};
        if (c_.training) forward.insert(forward.end(), {"save_mean", std::string(convention_->second_saved())});
        if (c_.has(Check::forward)) each(Check::forward, no_forward, forward, j.tensors);
        // Inference must leave the running statistics alone, whatever else is checked of its forward.
        if (c_.running && (c_.has(Check::running) || (!c_.training && c_.has(Check::forward))))
            each(Check::running, no_forward, {"running_mean", "running_var"}, j.tensors, c_.training);
        if (c_.has(Check::backward)) each(Check::backward, no_backward, backward, j.tensors);
        if (c_.has(Check::derivation)) r.checks.push_back(derivation_check(q));
        for (const auto& [tensor, expected] : c_.expect) {
            if (j.oracle_disagrees.count(tensor))
                r.checks.push_back(report::without_findings(
                    "expect", tensor, Verdict::fail,
                    "the oracle itself disagrees with the known answer: the answer is not what the definition gives"));
            else
                add(r, "expect", tensor, j.expected, false);
        }
    }

    /// Everything that differences, units vectors and the definition have to say of gradients.
    void add_gradient_checks(report::CaseReport& r, const Question& q, const Judgement& judgement,
                             const suite::Tensors& outputs) {
        const suite::Tensors saved = saved_statistics(outputs);
        const auto add_all = [&](std::vector<CheckReport> checks) {
            for (CheckReport& report : checks) r.checks.push_back(std::move(report));
        };
        if (c_.has(Check::gradient)) add_all(gradient_checks(candidate_, q, judgement, saved, options_, r.seconds));
        if (c_.has(Check::double_backward)) add_all(second_order_checks(candidate_, q, judgement, saved, options_, r.seconds));
    }

    const suite::Case& c_;
    candidate::Candidate& candidate_;
    const CaseOptions& options_;
    const bn::Convention* convention_;
};

/// Elements up to which the double backward is asked of a whole case, and of a channel at all: its truth takes double-double
/// arithmetic, some hundred times the time of a backward.
constexpr std::size_t most_second_order = std::size_t{1} << 20, longest_second_order = std::size_t{1} << 22;

report::CaseReport without_second_order(const suite::Case& c, candidate::Candidate& candidate, const CaseOptions& options) {
    suite::Case others = c;
    others.checks.erase(Check::double_backward);
    report::CaseReport report = CaseRun(others, candidate, options).run();
    report.checks.push_back(
        report::without_findings("double-backward", "gx", Verdict::skipped,
                                 "a channel has more values than the truth of a double backward is computed of"));
    report.checks.back().method = "vjp";
    return report;
}

}  // namespace

report::CaseReport run_case(const suite::Case& c, candidate::Candidate& candidate, const CaseOptions& options) {
    const std::size_t some = std::max<std::size_t>(1, most_second_order / std::max<std::size_t>(1, c.shape.count()));
    const bool large = c.has(Check::double_backward) && some < c.shape.channels();
    if (c.has(Check::double_backward) && !c.refusal && c.shape.count() > longest_second_order)
        return without_second_order(c, candidate, options);
    std::optional<suite::Case> leading = large ? suite::leading_channels(c, some) : std::nullopt;
    if (!leading) return CaseRun(c, candidate, options).run();
    suite::Case others = c;
    others.checks.erase(Check::double_backward);
    leading->checks = {Check::double_backward};
    report::CaseReport second = CaseRun(*leading, candidate, options).run();
    for (CheckReport& check : second.checks)
        check.sample = "the first " + std::to_string(some) + " of " + std::to_string(c.shape.channels()) + " channels" +
                       (check.sample.empty() ? "" : ", of which " + check.sample);
    if (others.checks.empty()) {
        second.shape = c.shape.dims;
        return second;
    }
    report::CaseReport report = CaseRun(others, candidate, options).run();
    for (CheckReport& check : second.checks) report.checks.push_back(std::move(check));
    for (const auto& [method, seconds] : second.seconds) report.seconds[method] += seconds;
    report.verdict = report::worst_verdict(report.checks);
    return report;
}

}  // namespace bncheck::run
