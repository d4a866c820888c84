#include "bncheck/gradient/second_order_rows.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/core/channel_buffer.hpp"
#include "bncheck/oracle/second_order.hpp"

namespace bncheck::gradient {
namespace {

using oracle::SecondOrderElement;

/// c[0] + c[1] |xhat| + c[2] |dy| + c[3] |dy - mean dy| of the elements where ddx is 0.
struct Affine {
    double c[4];
    double operator()(const SecondOrderElement& at) const { return c[0] + c[1] * at.xhat + c[2] * at.g + c[3] * at.g_centred; }
};

/// The coefficients of what is affine in an element.
template <class F>
Affine affine_of(double u_centred, F f) {
    SecondOrderElement at{};
    at.u_centred = u_centred;
    Affine result{{f(at), 0, 0, 0}};
    for (double SecondOrderElement::*part :
         {&SecondOrderElement::xhat, &SecondOrderElement::g, &SecondOrderElement::g_centred}) {
        SecondOrderElement one = at;
        one.*part = 1;
        const std::size_t k = part == &SecondOrderElement::xhat ? 1 : part == &SecondOrderElement::g ? 2 : 3;
        result.c[k] = f(one) - result.c[0];
    }
    return result;
}

class RowJudge {
public:
    RowJudge(const oracle::SecondOrderView& view, Dtype dtype, AccuracyClass required, bool flushes)
        : view_(view),
          facts_(oracle::second_order_facts(view, dtype)),
          bounds_(view, facts_, dtype, flushes),
          required_(required),
          dtype_(dtype),
          undefined_(bounds_.leaves_range(required)) {}

    void judge_elements(const char* tensor, std::size_t channel, std::size_t j, const Values& got, EntryFindings& findings) {
        const bool is_gdy = std::string_view(tensor) == "gdy";
        const oracle::SecondOrderErrors of_double = oracle::double_errors(facts_);
        const double u_centred = view_.first.training ? (1 / facts_.m) * (1 + 0x1p-52) + facts_.ddx.radii.mean_dy : 0;
        const Affine bound =
            affine_of(u_centred, [&](const SecondOrderElement& at) { return bounds_.own(tensor, required_, at, 0); });
        const Affine radius = affine_of(
            u_centred, [&](const SecondOrderElement& at) { return oracle::second_order_error(tensor, facts_, of_double, at); });
        const double u_out = format_of(dtype_).unit_roundoff(),
                     outwards = 1 + 0x1p-9;  // also the differences of affine_of round
        for (std::size_t i = 0; i < got.size(); ++i) {
            const SecondOrderElement at = oracle::second_order_element(view_, facts_, i);
            const double want = is_gdy ? at.gdy : at.gx, error = std::fabs(got[i] - want);
            const double r = radius(at), allowed = bound(at) / outwards + u_out * std::max(std::fabs(want) - r, 0.0);
            if (i != j && !undefined_ && (error + r) * outwards <= allowed && findings.worst &&
                error <= findings.ratio * allowed) {
                ++findings.entries;
                findings.max_abs = std::max(findings.max_abs, error);
                continue;
            }
            settle(tensor, {channel, i, j}, got[i], bounds_.at(tensor, i)[static_cast<std::size_t>(required_)], findings);
        }
    }

    void judge_ggamma(std::size_t channel, std::size_t j, double got, EntryFindings& findings) {
        settle("ggamma", {channel, 0, j}, got, bounds_.at("ggamma", 0)[static_cast<std::size_t>(required_)], findings);
    }

private:
    void settle(const char* tensor, const Entry& about, double got, double bound, EntryFindings& findings) {
        // The double's value decides if it can; else double-double, else MPFR.
        const SecondOrderElement at =
            std::string_view(tensor) == "ggamma" ? SecondOrderElement{} : oracle::second_order_element(view_, facts_, about.i);
        const double value = std::string_view(tensor) == "gdy"  ? at.gdy
                             : std::string_view(tensor) == "gx" ? at.gx
                                                                : facts_.m * facts_.dy.r * facts_.B;
        oracle::Enclosure want{value, 0, oracle::second_order_error(tensor, facts_, oracle::double_errors(facts_), at)};
        oracle::Distance error = oracle::distance(got, want);
        if (!(error.most <= bound || error.least > bound)) {
            if (!truth_) truth_.emplace(view_, facts_);
            want = truth_->at(tensor, about.i, truth_->first());
            error = oracle::distance(got, want);
            if (!(error.most <= bound || error.least > bound)) {
                want = truth_->at(tensor, about.i, oracle::LevelName::mpfr);
                error = oracle::distance(got, want);
            }
        }
        const Dtype stored = std::string_view(tensor) == "ggamma" ? statistics_dtype(dtype_) : dtype_;
        const bool overflows = judge::overflow_is_due(got, want, bound, format_of(stored));
        if (overflows) error = {0, 0, 0};
        const bool holds = overflows || (std::isfinite(bound) && error.least <= bound);
        const bool fails = !holds && !undefined_ && (std::isfinite(bound) || !std::isfinite(got));
        ++findings.entries;
        findings.failed += fails;
        findings.inconclusive += !holds && !fails;
        if (std::isfinite(error.value)) findings.max_abs = std::max(findings.max_abs, error.value);
        findings.consider({about.channel, about.i, about.with, got, want.hi, error.value, want.radius, bound}, fails);
    }

    const oracle::SecondOrderView& view_;
    oracle::SecondOrderFacts facts_;
    judge::SecondOrderBounds bounds_;
    AccuracyClass required_;
    Dtype dtype_;
    bool undefined_;
    std::optional<oracle::SecondOrderTruth> truth_;
};

}  // namespace

void judge_second_order_row(const oracle::ChannelView& view, Dtype dtype, AccuracyClass required, bool flushes,
                            std::size_t channel, std::size_t j, const SecondOrderRow& row, SecondOrderRowFindings& findings) {
    const ChannelBuffer unit = unit_vector(dtype, view.dy.size(), j);
    const oracle::SecondOrderView second{view, unit.values(), 0, 0};
    RowJudge judge(second, dtype, required, flushes);
    ++findings.gx.evaluations;
    judge.judge_elements("gdy", channel, j, row.gdy, findings.gdy);
    judge.judge_elements("gx", channel, j, row.gx, findings.gx);
    if (row.ggamma) judge.judge_ggamma(channel, j, *row.ggamma, findings.ggamma);
}

}  // namespace bncheck::gradient
