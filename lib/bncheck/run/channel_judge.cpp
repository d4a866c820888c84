#include "bncheck/run/channel_judge.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "bncheck/core/error.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/judge/resolution.hpp"
#include "bncheck/judge/screen.hpp"

namespace bncheck::run {

using judge::ChannelBounds;
using judge::TensorFindings;
using oracle::Enclosure;
using oracle::LevelName;

void Findings::merge(const Findings& later) {
    for (const auto& [name, blocks] : later.tensors)
        for (const auto& [block, findings] : blocks) tensors[name][block].merge(findings);
    for (const auto& [name, findings] : later.expected) expected[name].merge(findings);
    for (const auto& [name, sample] : later.samples) samples[name].insert(samples[name].end(), sample.begin(), sample.end());
    oracle_disagrees.insert(later.oracle_disagrees.begin(), later.oracle_disagrees.end());
    kappa = std::max(kappa, later.kappa);
    mean_over_stddev = std::max(mean_over_stddev, later.mean_over_stddev);
}

ChannelJudge::ChannelJudge(const Question& question, const ChannelEvidence& evidence, std::size_t channel, LevelName from)
    : q_(question),
      e_(evidence),
      channel_(channel),
      view_(view_of(question, evidence)),
      truth_(view_, question.c.dtype, from),
      bounds_(view_, truth_.facts(), question.c.dtype, question.flushes),
      state_(oracle::double_level_state(view_, truth_.facts())),
      // q = 0 in training: there xhat is 0 times infinity; torch takes r = 0 and gives beta.
      no_invstd_(view_.training && view_.eps == 0 && truth_.facts().x.back().constant && std::isfinite(view_.x.back()[0])) {
    if (question.double_backward) second_.emplace(question, evidence, from);
}

std::size_t ChannelJudge::count(const std::string& tensor) const {
    return tensor_name::is_elementwise(tensor) ? q_.c.shape.count() : 1;
}

judge::Requirement ChannelJudge::requirement(const std::string& tensor) const {
    const auto allowed = q_.c.allow.find(tensor);
    const bool is_sum =
        (q_.c.training && (tensor == "save_mean" || tensor == "running_mean")) || tensor == "dgamma" || tensor == "dbeta";
    const bool second = tensor_name::is_second_order(tensor);
    const bool divides = tensor == "y" || tensor == "save_invstd" || tensor == "dx" || tensor == "dgamma";
    return {q_.required, allowed == q_.c.allow.end() ? 0 : allowed->second, format_of(dtype_of(q_.c, tensor)), is_sum,
            (divides && no_invstd_) || (second && (no_invstd_ || second_->undefined(q_.required)))};
}

LevelName ChannelJudge::first_level(const std::string& tensor) const {
    return tensor_name::is_second_order(tensor) ? second_->truth.first() : truth_.first();
}

Enclosure ChannelJudge::truth(const std::string& tensor, std::size_t i, LevelName level) {
    return tensor_name::is_second_order(tensor) ? second_->truth.at(tensor, i, level) : truth_.at(tensor, i, level);
}

ChannelBounds::PerClass ChannelJudge::bound(const std::string& tensor, std::size_t i) const {
    return tensor_name::is_second_order(tensor) ? second_->bounds.at(tensor, i) : bounds_.at(tensor, i, state_);
}

void ChannelJudge::add_elements(const std::string& tensor, TensorFindings& findings) {
    const judge::Requirement required = requirement(tensor);
    const LevelName first = first_level(tensor);
    const bool screened = first == LevelName::float64 && tensor_name::is_elementwise(tensor);
    const std::size_t n = count(tensor);
    for (std::size_t i = 0; i < n; ++i) {
        if (screened) {
            const std::size_t next = judge::first_of_interest(tensor == "dx", view_, e_.elements.at(tensor).values(), i, state_,
                                                              bounds_, required, findings);
            findings.pass_over(next - i);
            i = next;
            if (i == n) return;
        }
        const judge::Element element{channel_, i, e_.output(tensor, i), truth(tensor, i, first)};
        findings.add(element, first, bound(tensor, i), required, [&](LevelName level) { return truth(tensor, i, level); });
    }
}

void ChannelJudge::add_sample(const std::string& tensor, judge::ElementSample& sample) {
    const judge::SamplingSteps steps = judge::sampling_steps(q_.c.shape.channels(), count(tensor));
    if (channel_ % steps.channels != 0) return;
    const judge::Requirement required = requirement(tensor);
    for (std::size_t i = 0; i < count(tensor); i += steps.values) {
        LevelName level = first_level(tensor);
        Enclosure want = truth(tensor, i, level);
        // A radius of a sixteenth of an ulp is not to be seen in a plot. The highest level would take more time than a plot is
        // worth.
        if (level == LevelName::float64 && !(want.radius * 16 <= required.format.ulp(want.hi)))
            want = truth(tensor, i, level = LevelName::double_double);
        const double ulp = std::isfinite(want.hi) ? required.format.ulp(want.hi) : 0;
        const double allowed = bound(tensor, i)[static_cast<std::size_t>(q_.required)] + required.allowed_ulp * ulp;
        const double got = e_.output(tensor, i), apart = oracle::distance(got, want).value;
        const bool same = (std::isinf(got) && got == want.hi) ||
                          (std::isnan(got) && (std::isnan(want.hi) || (required.nan_for_infinity && std::isinf(want.hi)))) ||
                          judge::overflow_is_due(got, want, allowed, required.format);
        const double error = same ? 0 : std::isnan(apart) ? std::numeric_limits<double>::infinity() : apart;
        sample.push_back({channel_, want.hi, error, error == 0 ? 0 : error / ulp, allowed});
    }
}

void ChannelJudge::add_to(Findings& found) {
    const std::size_t block = channel_ / judge::channels_per_block(q_.c.shape.channels());
    const auto judge_tensor = [&](const std::string& name) {
        TensorFindings& findings = found.tensors[name][block];
        if (!q_.c.training && name.starts_with("running_")) {
            judge::add_equal(findings, channel_, e_.output(name, 0), e_.inputs.at(name), requirement(name).format);
        } else {
            add_elements(name, findings);
            add_sample(name, found.samples[name]);
        }
    };
    for (const auto& [name, values] : e_.elements) judge_tensor(name);
    for (const auto& [name, value] : e_.outputs) judge_tensor(name);
    for (const auto& [name, expected] : q_.c.expect) compare_expected(name, expected, found);
    const double v = truth_.facts().v, mu = std::fabs(truth_.facts().hi);
    found.kappa = std::max(found.kappa, v > 0 ? std::sqrt(mu / v * mu + 1) : std::numeric_limits<double>::infinity());
    found.mean_over_stddev = std::max(found.mean_over_stddev, mu == 0 ? 0 : mu / std::sqrt(v));
}

void ChannelJudge::mark_resolved(std::vector<char>& resolved) const {
    judge::mark_resolved(view_, truth_.facts(), bounds_, q_.required, resolved);
}

/// The oracle must agree within atol + rtol |value|, the candidate within that and its class's bound.
void ChannelJudge::compare_expected(const std::string& name, const suite::Expected& expected, Findings& result) {
    const bool is_running = name.starts_with("running_");
    if (is_running && (q_.convention != q_.c.convention || !q_.c.running || !q_.c.training)) return;
    const bool is_backward = name == "dx" || name == "dgamma" || name == "dbeta";
    if ((is_backward && !q_.backward) || (tensor_name::is_second_order(name) && !q_.double_backward)) return;
    for (std::size_t i = 0; i < count(name); ++i) {
        const std::size_t position = tensor_name::is_elementwise(name) ? q_.c.shape.offset(q_.c.layout, channel_, i) : channel_;
        const suite::Number& value = expected.values[position];
        const Enclosure want{value.hi, value.lo, value.lo != 0 ? std::fabs(value.hi) * 0x1p-105 : 0};
        const double tolerance = expected.atol + expected.rtol * std::fabs(value.hi);
        const Enclosure is = truth(name, i, LevelName::mpfr);
        const bool same = is.hi == want.hi || (std::isnan(is.hi) && std::isnan(want.hi));
        const double apart = same && is.lo == want.lo ? 0 : std::fabs((is.hi - want.hi) + (is.lo - want.lo));
        if (!(same && !std::isfinite(is.hi)) && !(apart <= (tolerance + is.radius + want.radius) * (1 + 0x1p-50)))
            result.oracle_disagrees.insert(name);
        if (!e_.provides(name)) continue;
        ChannelBounds::PerClass limit;
        limit.fill(tolerance + bound(name, i)[static_cast<std::size_t>(q_.required)]);
        result.expected[name].add({channel_, i, e_.output(name, i), want}, limit, requirement(name));
    }
}

}  // namespace bncheck::run
