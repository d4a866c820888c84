#include "bncheck/run/run_case.hpp"

#include <algorithm>

#include "bncheck/core/error.hpp"
#include "bncheck/derivation/compare.hpp"
#include "bncheck/run/gradient_checks.hpp"
#include "bncheck/run/judge_case.hpp"
#include "bncheck/run/property_checks.hpp"
#include "bncheck/run/second_order_checks.hpp"
#include "bncheck/suite/case_reader.hpp"

namespace bncheck::run {
namespace {

using candidate::Request;
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

CheckReport without_findings(std::string check, std::string tensor, Verdict verdict, std::string reason) {
    CheckReport report;
    report.check = std::move(check);
    report.tensor = std::move(tensor);
    report.verdict = verdict;
    report.reason = std::move(reason);
    return report;
}

const bn::Convention* convention_for(const suite::Case& c, const candidate::Hello& hello, const CaseOptions& options) {
    if (options.convention) return options.convention;
    if (!hello.convention) return c.convention;
    if (const bn::Convention* named = bn::convention_named(*hello.convention)) return named;
    throw Error(Fault::candidate, "protocol", "candidate",
                "follows the convention '" + *hello.convention + "', which is not known",
                "known are " + bn::convention_names() + "; --convention overrides");
}

/// Momentum of a step in the candidate's convention. Where the meanings differ the translation 1 - w rounds once; what was
/// sent is what the truth is computed from.
double momentum_for(const suite::Case& c, const bn::Convention& convention, std::size_t step) {
    if (!c.momentum) {
        const double weight = 1 / static_cast<double>(c.num_batches_tracked + step + 1);
        return convention.momentum_weighs_new ? weight : 1 - weight;
    }
    return convention.momentum_weighs_new == c.convention->momentum_weighs_new ? *c.momentum : 1 - *c.momentum;
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
        // The gradient checks ask for y as well, and a backward may take what its forward saved.
        const bool forward_wanted = c_.has(Check::forward) || c_.has(Check::running) || !c_.expect.empty() ||
                                    (c_.has(Check::gradient) && candidate_.hello().obstacle(c_, "forward").empty());
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
        for (std::size_t step = 0; step < c_.steps; ++step) question.momentum.push_back(momentum_for(c_, *convention_, step));
        const bool forward_asked = forward_wanted && no_forward.empty();
        suite::Tensors outputs;
        std::unique_ptr<Answers> answers;
        if (const candidate::Channelwise* channelwise = candidate_.channelwise()) {
            answers = std::make_unique<StreamedAnswers>(question, *channelwise, forward_asked);
        } else {
            try {
                if (forward_asked) outputs = forward(question);
                const suite::Tensors saved = outputs;
                if (question.backward) backward(question, "backward", saved, outputs);
                if (question.double_backward) backward(question, "double-backward", saved, outputs);
            } catch (const Response& failed) {
                r.reason = failed.reason;
                if (failed.status == Response::Status::skipped) return skipped(std::move(r));
                r.checks.push_back(without_findings(failing_pass_,
                                                    failing_pass_ == "forward"    ? "y"
                                                    : failing_pass_ == "backward" ? "dx"
                                                                                  : "gx",
                                                    Verdict::error, failed.reason));
                r.verdict = Verdict::error;
                return r;
            }
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
        r.checks.push_back(without_findings("expect_error", refusal.due, as_due ? Verdict::pass : Verdict::fail,
                                            as_due                  ? refusal.message
                                            : refusal.found.empty() ? refusal.message
                                                                    : "refused as " + refusal.found + ": " + refusal.message));
        r.reason = r.checks.back().reason;
        r.verdict = r.checks.back().verdict;
        r.resolution = 1;  // a refusal needs no data to be seen
        return r;
    }

    report::CaseReport skipped(report::CaseReport r) const {
        r.checks.push_back(without_findings("forward", "y", Verdict::skipped, r.reason));
        r.verdict = Verdict::skipped;
        return r;
    }

    Response ask(const Question& q, const std::string& pass, std::size_t step, const suite::Tensors& inputs,
                 std::vector<std::string> outputs) {
        const Request request{c_,   pass,   convention_,       q.momentum[step], c_.num_batches_tracked + step,
                              step, inputs, std::move(outputs)};
        Response response = candidate_.run(request);
        failing_pass_ = pass;
        if (response.status != Response::Status::ok) throw response;
        return response;
    }

    /// One request a step; running statistics are the candidate's own of the step before. The outputs of the last.
    suite::Tensors forward(const Question& q) {
        suite::Tensors carried, outputs;
        bool running_lost = false;
        for (std::size_t step = 0; step < c_.steps; ++step) {
            suite::Tensors inputs = q.problem.tensors(step);
            inputs.erase("dy");
            for (auto& [name, tensor] : carried) inputs.insert_or_assign(name, tensor);
            std::vector<std::string> wanted{"y"};
            if (c_.training)
                wanted.insert(wanted.end(), {"save_mean", convention_->saves_variance ? "save_var" : "save_invstd"});
            if (c_.running) wanted.insert(wanted.end(), {"running_mean", "running_var"});
            outputs = ask(q, "forward", step, inputs, wanted).outputs;
            carried.clear();
            for (const char* name : {"running_mean", "running_var"})
                if (const auto found = outputs.find(name); found != outputs.end()) carried.insert(*found);
            if (c_.running && carried.size() < 2 && step + 1 < c_.steps) running_lost = true;
        }
        if (running_lost) {
            outputs.erase("running_mean");
            outputs.erase("running_var");
        }
        return outputs;
    }

    /// Of a pass that needs dy.
    std::vector<std::string> outputs_of(const std::string& pass) const {
        if (pass == "double-backward")
            return c_.affine ? std::vector<std::string>{"gdy", "gx", "ggamma"} : std::vector<std::string>{"gdy", "gx"};
        return c_.affine ? std::vector<std::string>{"dx", "dgamma", "dbeta"} : std::vector<std::string>{"dx"};
    }

    /// A pass that needs dy. The forward's saved statistics go with it where there are any.
    void backward(const Question& q, const std::string& pass, const suite::Tensors& saved, suite::Tensors& outputs) {
        // x of the last step; dy and the per-channel tensors are the same in all.
        suite::Tensors inputs = q.problem.tensors(c_.steps - 1);
        for (const char* name : {"save_mean", "save_invstd", "save_var"})
            if (const auto found = saved.find(name); found != saved.end()) inputs.insert(*found);
        std::vector<std::string> wanted = outputs_of(pass);
        if (pass == "double-backward") inputs.merge(q.problem.seeds());
        Response response = ask(q, pass, c_.steps - 1, inputs, wanted);
        outputs.merge(response.outputs);
    }

    void add(report::CaseReport& r, const std::string& check, const std::string& tensor,
             const std::map<std::string, judge::TensorFindings>& findings, bool classified) const {
        const auto found = findings.find(tensor);
        if (found == findings.end() || found->second.elements == 0) {
            r.checks.push_back(without_findings(check, tensor, Verdict::skipped, "not provided"));
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

    void report_checks(report::CaseReport& r, const Question& q, const Judgement& j, const std::string& no_forward,
                       const std::string& no_backward) const {
        const auto each = [&](Check check, const std::string& obstacle, const std::vector<std::string>& tensors,
                              const auto& findings, bool classified = true) {
            for (const std::string& tensor : tensors) {
                if (obstacle.empty())
                    add(r, std::string(name_of(check)), tensor, findings, classified);
                else
                    r.checks.push_back(without_findings(std::string(name_of(check)), tensor, Verdict::skipped, obstacle));
            }
        };
        const std::vector<std::string> backward = outputs_of("backward");
        std::vector<std::string> forward{"y"};
        if (c_.training) forward.insert(forward.end(), {"save_mean", convention_->saves_variance ? "save_var" : "save_invstd"});
        if (c_.has(Check::forward)) each(Check::forward, no_forward, forward, j.tensors);
        // Inference must leave the running statistics alone, whatever else is checked of its forward.
        if (c_.running && (c_.has(Check::running) || (!c_.training && c_.has(Check::forward))))
            each(Check::running, no_forward, {"running_mean", "running_var"}, j.tensors, c_.training);
        if (c_.has(Check::backward)) each(Check::backward, no_backward, backward, j.tensors);
        if (c_.has(Check::derivation)) r.checks.push_back(derivation(q));
        for (const auto& [tensor, expected] : c_.expect) {
            if (j.oracle_disagrees.count(tensor))
                r.checks.push_back(without_findings(
                    "expect", tensor, Verdict::fail,
                    "the oracle itself disagrees with the known answer: the answer is not what the definition gives"));
            else
                add(r, "expect", tensor, j.expected, false);
        }
    }

    /// Everything that differences, units vectors and the definition have to say of gradients.
    void add_gradient_checks(report::CaseReport& r, const Question& q, const Judgement& judgement,
                             const suite::Tensors& outputs) {
        suite::Tensors saved;
        for (const char* name : {"save_mean", "save_invstd", "save_var"})
            if (const auto found = outputs.find(name); found != outputs.end()) saved.insert(*found);
        const auto add_all = [&](std::vector<CheckReport> checks) {
            for (CheckReport& report : checks) r.checks.push_back(std::move(report));
        };
        if (c_.has(Check::gradient)) add_all(gradient_checks(candidate_, q, judgement, saved, options_, r.seconds));
        if (c_.has(Check::double_backward)) add_all(second_order_checks(candidate_, q, judgement, saved, options_, r.seconds));
    }

    /// Staged against closed-form backward at the case's data, in reference and in working precision.
    CheckReport derivation(const Question& q) const {
        CheckReport report = without_findings("derivation", "dx", Verdict::pass, "");
        if (!c_.training)
            return without_findings("derivation", "dx", Verdict::skipped, "the derivation at data is for training");
        double reference = 0, staged = 0, closed = 0;
        std::vector<double> x(c_.shape.count()), dy(c_.shape.count());
        for (std::size_t channel = 0; channel < c_.shape.channels(); ++channel) {
            const double gamma = c_.affine ? q.problem.per_channel().at("gamma").at(channel) : 1;
            q.problem.channel<double>("x", c_.steps - 1, channel, x);
            q.problem.channel<double>("dy", 0, channel, dy);
            const derivation::Comparison found = derivation::compare(x, dy, gamma, c_.eps, statistics_dtype(c_.dtype));
            if (found.defined && !found.equal_in_reference) report.verdict = Verdict::fail;
            if (!found.defined) continue;
            reference = std::max(reference, found.reference);
            staged = std::max(staged, found.staged);
            closed = std::max(closed, found.closed);
        }
        char text[200];
        std::snprintf(text, sizeof text,
                      "staged - closed form %.1e in 256 bit; in working precision the staged errs by %.1e, the closed form by "
                      "%.1e, relative to gamma r max|dy|",
                      reference, staged, closed);
        report.reason = text;
        return report;
    }

    const suite::Case& c_;
    candidate::Candidate& candidate_;
    const CaseOptions& options_;
    const bn::Convention* convention_;
    std::string failing_pass_ = "forward";
};

}  // namespace

report::CaseReport run_case(const suite::Case& c, candidate::Candidate& candidate, const CaseOptions& options) {
    return CaseRun(c, candidate, options).run();
}

}  // namespace bncheck::run
