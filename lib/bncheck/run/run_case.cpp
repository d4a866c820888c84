#include "bncheck/run/run_case.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "bncheck/bn/momentum.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/tensor_name.hpp"
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

constexpr const char* not_provided = "not provided";

const char* principal_output(const std::string& pass) { return pass == "forward" ? "y" : pass == "backward" ? "dx" : "gx"; }

/// The check under which an output is reported that no check of the case is about.
std::string check_about(const std::string& tensor) {
    if (tensor_name::is_second_order(tensor)) return "double-backward";
    if (tensor.starts_with("running_")) return "running";
    return tensor.starts_with("d") ? "backward" : "forward";
}

class CaseRun {
public:
    CaseRun(const suite::Case& c, candidate::Candidate& candidate, const CaseOptions& options)
        : c_(c), candidate_(candidate), options_(options), convention_(convention_for(c, candidate.hello(), options)) {}

    report::CaseReport run() {
        report::CaseReport r = described(c_);
        r.convention = convention_->name;
        r.required = name_of(options_.require.value_or(c_.require));
        if (c_.refusal && !candidate_.hello().fixed) return refused(std::move(r));
        if (c_.refusal) r.reason = "the case must be refused: nothing is computed for it";
        if (!r.reason.empty()) return skipped(std::move(r));
        r.reason = suite::obstacle_under(*convention_, c_);
        if (!r.reason.empty()) return skipped(std::move(r));
        if (!candidate_.channelwise() && suite::memory_needed(c_, true) > suite::physical_memory()) {
            r.reason = "needs its tensors whole for this candidate, more than this machine's memory";
            return skipped(std::move(r));
        }
        const candidate::Hello& hello = candidate_.hello();
        const suite::Problem problem(c_);
        end_stage("data");
        Question question{c_, convention_, problem, {}, hello.flushes_to_zero, options_.require.value_or(c_.require)};
        for (const char* pass : {"forward", "backward", "double-backward"})
            if (const std::string why = hello.obstacle(c_, pass); !why.empty()) question.obstacles.emplace(pass, why);
        const auto can_be_asked = [&](const char* pass) { return question.obstacle(pass).empty(); };
        question.backward = suite::judges(c_, "backward") && can_be_asked("backward");
        question.double_backward = suite::judges(c_, "double-backward") && can_be_asked("double-backward");
        const bool forward_judged = suite::judges(c_, "forward");
        // A backward may take what its forward saved.
        const bool saved_wanted =
            (c_.has(Check::gradient) || c_.has(Check::double_backward)) && !candidate_.channelwise() && !hello.fixed;
        const bool forward_asked = (forward_judged || saved_wanted) && can_be_asked("forward");
        for (std::size_t step = 0; step < c_.steps; ++step)
            question.momentum.push_back(suite::momentum_of(c_, *convention_, step));
        Response answer;
        std::unique_ptr<Answers> answers;
        if (const candidate::Channelwise* channelwise = candidate_.channelwise()) {
            answers = std::make_unique<StreamedAnswers>(question, *channelwise, forward_asked);
        } else {
            try {
                r.reason = ask_passes(candidate_, question, forward_asked, answer);
            } catch (const FailedPass& failure) {
                r.checks.push_back(
                    report::without_findings(failure.pass, principal_output(failure.pass), Verdict::error, failure.reason));
                r.reason = failure.reason;
                r.verdict = Verdict::error;
                return r;
            }
            if (!r.reason.empty()) return skipped(std::move(r));
            if (!forward_judged) answer.outputs.erase("y");
            answers = std::make_unique<WholeAnswers>(question, answer.outputs);
        }
        end_stage("candidate");
        const Judgement judgement = judge_case(question, *answers, options_.reference);
        r.kappa = judgement.kappa;
        r.mean_over_stddev = judgement.mean_over_stddev;
        r.resolution = judgement.resolution;
        report_checks(r, question, judgement);
        end_stage("judge");
        add_gradient_checks(r, question, judgement, answer.outputs);
        end_stage("gradients");
        for (CheckReport& check : property_checks(candidate_, question)) r.checks.push_back(std::move(check));
        end_stage("properties");
        r.stage_seconds = stage_seconds_;
        report_faults(r, answer.faults);
        r.verdict = report::worst_verdict(r.checks);
        // What holds of the definition alone is no verdict on tensors that were not saved.
        const auto judged = [](const CheckReport& check) { return check.findings.has_value(); };
        if (hello.fixed && r.verdict == Verdict::pass && std::none_of(r.checks.begin(), r.checks.end(), judged))
            r.verdict = Verdict::skipped;
        if (r.verdict == Verdict::skipped) r.reason = r.checks.empty() ? "nothing to check" : r.checks.front().reason;
        return r;
    }

private:
    using Clock = std::chrono::steady_clock;

    void end_stage(const std::string& name) {
        const auto now = Clock::now();
        stage_seconds_[name] += std::chrono::duration<double>(now - std::exchange(stage_begin_, now)).count();
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
             const std::map<std::string, judge::TensorFindings>& findings, bool classified,
             const std::map<std::string, judge::TensorProfile>& profiles = {}) const {
        const auto found = findings.find(tensor);
        if (found == findings.end() || found->second.elements == 0) {
            r.checks.push_back(report::without_findings(check, tensor, Verdict::skipped, not_provided));
            return;
        }
        CheckReport report;
        report.check = check;
        report.tensor = tensor;
        report.findings = found->second;
        report.verdict = found->second.verdict();
        if (const auto profile = profiles.find(tensor); profile != profiles.end()) report.profile = profile->second;
        if (classified) report.required = options_.require.value_or(c_.require);
        if (const auto allowed = c_.allow.find(tensor); allowed != c_.allow.end()) report.allowed_ulp = allowed->second;
        r.checks.push_back(std::move(report));
    }

    /// Outputs that are there and cannot be read are errors of their own, whether a check is about them or not.
    void report_faults(report::CaseReport& r, const std::map<std::string, std::string>& faults) const {
        for (const auto& [tensor, reason] : faults) {
            bool reported = false;
            for (CheckReport& check : r.checks) {
                if (check.tensor != tensor || check.reason != not_provided) continue;
                check.verdict = Verdict::error;
                check.reason = reason;
                reported = true;
            }
            if (!reported) r.checks.push_back(report::without_findings(check_about(tensor), tensor, Verdict::error, reason));
        }
    }

    std::string running_var_obstacle(const std::string& tensor) const {
        return tensor == "running_var" && c_.training ? convention_->running_var_obstacle(c_.shape.count()) : "";
    }

    void report_checks(report::CaseReport& r, const Question& q, const Judgement& j) const {
        const auto each = [&](Check check, const std::string& obstacle, const std::vector<std::string>& tensors,
                              const auto& findings, bool classified = true) {
            for (const std::string& tensor : tensors) {
                if (const std::string why = running_var_obstacle(tensor); obstacle.empty() && !why.empty())
                    r.checks.push_back(report::without_findings(std::string(name_of(check)), tensor, Verdict::skipped, why));
                else if (obstacle.empty())
                    add(r, std::string(name_of(check)), tensor, findings, classified, j.profiles);
                else
                    r.checks.push_back(
                        report::without_findings(std::string(name_of(check)), tensor, Verdict::skipped, obstacle));
            }
        };
        const std::string no_forward = q.obstacle("forward"), no_backward = q.obstacle("backward");
        const std::vector<std::string> backward = backward_outputs(c_, "backward");
        std::vector<std::string> forward = suite::outputs_of(c_, *convention_, "forward");
        std::erase_if(forward, [](const std::string& name) { return name.starts_with("running_"); });
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
    Clock::time_point stage_begin_ = Clock::now();
    std::map<std::string, double> stage_seconds_;
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

report::CaseReport unfinished(const suite::Case& c, const std::string& reason) {
    report::CaseReport r = described(c);
    r.required = name_of(c.require);
    r.reason = reason;
    r.checks.push_back(report::without_findings("forward", "y", Verdict::error, reason));
    r.verdict = Verdict::error;
    return r;
}

report::CaseReport run_case(const suite::Case& c, candidate::Candidate& candidate, const CaseOptions& options) {
    const std::size_t some = std::max<std::size_t>(1, most_second_order / std::max<std::size_t>(1, c.shape.count()));
    // Saved tensors are of all channels.
    const bool large = c.has(Check::double_backward) && some < c.shape.channels() && !candidate.hello().fixed;
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
    for (const auto& [stage, seconds] : second.stage_seconds) report.stage_seconds[stage] += seconds;
    report.verdict = report::worst_verdict(report.checks);
    return report;
}

}  // namespace bncheck::run
