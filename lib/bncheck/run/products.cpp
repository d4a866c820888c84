#include "bncheck/run/products.hpp"

#include <fmt/format.h>

#include "bncheck/run/whole_passes.hpp"

namespace bncheck::run {

void Products::add(const Judgement& judgement) {
    for (const std::string& tensor : backward_outputs(q_.c, pass_))
        if (const auto has = judgement.tensors.find(tensor); has != judgement.tensors.end()) found_[tensor].merge(has->second);
    ++count_;
}

void Products::ask(candidate::Candidate& candidate, const suite::Tensors& saved, std::size_t count,
                   oracle::LevelName reference) {
    const bool second = pass_ == "double-backward";
    try {
        for (std::size_t other = 1; other <= count; ++other) {
            const suite::Problem problem(q_.c, other);
            const Question asked{q_.c, q_.convention, problem, q_.momentum, q_.flushes, q_.required, !second, second};
            if (const candidate::Channelwise* channelwise = candidate.channelwise()) {
                add(judge_case(asked, StreamedAnswers(asked, *channelwise, false), reference));
            } else {
                const suite::Tensors outputs = whole_backward(candidate, asked, pass_, saved).outputs;
                add(judge_case(asked, WholeAnswers(asked, outputs), reference));
            }
        }
    } catch (const candidate::Response& response) {
        failed_ = response;
    }
}

std::optional<AccuracyClass> Products::class_of(const std::string& tensor) const {
    const auto found = found_.find(tensor);
    if (found == found_.end() || found->second.undetermined || found->second.tightest >= accuracy_classes) return std::nullopt;
    return static_cast<AccuracyClass>(found->second.tightest);
}

std::vector<report::CheckReport> Products::reports(const std::string& check, const std::string& obstacle) const {
    std::vector<report::CheckReport> reports;
    for (const std::string& tensor : backward_outputs(q_.c, pass_)) {
        const auto found = found_.find(tensor);
        const bool provided = found != found_.end() && found->second.elements > 0;
        report::CheckReport report =
            report::without_findings(check, tensor, provided ? found->second.verdict() : judge::Verdict::skipped,
                                     provided           ? ""
                                     : obstacle.empty() ? "not provided"
                                                        : obstacle);
        report.method = "vjp";
        if (provided) {
            report.findings = found->second;
            report.required = q_.required;
            report.sample = fmt::format("{} dy{}", count_, pass_ == "double-backward" ? " and ddx" : "");
            report.evaluations = count_ * q_.c.shape.channels();
            if (const auto allowed = q_.c.allow.find(tensor); allowed != q_.c.allow.end()) report.allowed_ulp = allowed->second;
        }
        reports.push_back(std::move(report));
    }
    return reports;
}

}  // namespace bncheck::run
