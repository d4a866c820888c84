#include "bncheck/judge/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bncheck::judge {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Whether a finite `got` or an infinity stands for `want` under a bound. NaN and infinities compare as values: a truth that
/// overflows the type must come out infinite, unless the bound reaches back below the largest number, and the reverse.
bool holds(double got, const oracle::Enclosure& want, double error, double bound, const Requirement& r) {
    if (std::isnan(got)) return std::isnan(want.hi) || (r.nan_for_infinity && std::isinf(want.hi));
    if (std::isnan(want.hi)) return false;
    if (std::isinf(got)) return overflow_is_due(got, want, bound, r.format);
    return std::isfinite(want.hi) && error <= bound;
}

double required_bound(const Element& element, const ChannelBounds::PerClass& bounds, const Requirement& r) {
    const double ulp = std::isfinite(element.want.hi) ? r.format.ulp(element.want.hi) : 0;
    return bounds[static_cast<std::size_t>(r.required)] + r.allowed_ulp * ulp;
}

/// Whether the enclosure tells for the tightest class, and for the requirement, if the error is within the bound.
bool is_decided(const Element& element, const ChannelBounds::PerClass& bounds, const Requirement& r) {
    const oracle::Distance error = oracle::distance(element.got, element.want);
    if (!std::isfinite(error.value)) return true;
    const double required = required_bound(element, bounds, r);
    if (error.least <= required && required < error.most) return false;
    for (double bound : bounds) {
        if (error.most <= bound) return true;
        if (error.least <= bound) return false;
    }
    return true;
}

}  // namespace

bool overflow_is_due(double got, const oracle::Enclosure& want, double bound, const Format& format) {
    const bool same_sign = std::signbit(got) == std::signbit(want.hi);
    const double towards = std::copysign(1.0, got) * want.hi;  // a bound beyond the largest number reaches either infinity
    return std::isinf(got) && ((same_sign && !std::isfinite(format.round(want.hi))) ||
                               (std::isfinite(bound) && towards + bound > format.largest()));
}

std::string_view name_of(Verdict verdict) {
    static constexpr std::string_view names[] = {"pass", "inconclusive", "xpass", "fail", "error", "skipped", "xfail"};
    return names[static_cast<std::size_t>(verdict)];
}

Verdict TensorFindings::verdict() const {
    return failed ? Verdict::fail : inconclusive ? Verdict::inconclusive : Verdict::pass;
}

std::optional<std::string> TensorFindings::accuracy_class() const {
    if (tightest < accuracy_classes) return std::string(accuracy_class_names[tightest]);
    if (undetermined) return std::nullopt;
    return "none";
}

double TensorFindings::correct_digits(const Format& format) const {
    const double most = format.precision * std::log10(2.0);
    if (std::isnan(max_rel) || max_rel >= 1) return 0;
    return max_rel == 0 ? most : std::min(most, -std::log10(max_rel));
}

void TensorFindings::add(const Element& given, oracle::LevelName level, const ChannelBounds::PerClass& bounds,
                         const Requirement& requirement, const AtLevel& at_level) {
    Element element = given;
    std::size_t at = static_cast<std::size_t>(level);
    while (!is_decided(element, bounds, requirement) && at + 1 < oracle::levels)
        element.want = at_level(static_cast<oracle::LevelName>(++at));
    ++decided[at];
    add_decided(element, bounds, requirement);
}

void TensorFindings::add(const Element& element, const ChannelBounds::PerClass& bounds, const Requirement& requirement) {
    add_decided(element, bounds, requirement);
}

void TensorFindings::add_decided(Element element, const ChannelBounds::PerClass& bounds, const Requirement& requirement) {
    const Format& format = requirement.format;
    const AccuracyClass required = requirement.required;
    const double ulp = std::isfinite(element.want.hi) ? format.ulp(element.want.hi) : 0;
    const oracle::Distance error = oracle::distance(element.got, element.want);
    element.error = error.value;
    element.bound = required_bound(element, bounds, requirement);
    const bool finite_due = std::isfinite(format.round(element.want.hi));
    // The first class whose bound is finite and holds; a class that guarantees nothing proves nothing.
    std::size_t first = 0;
    while (first < accuracy_classes && !((std::isfinite(bounds[first]) || !finite_due) &&
                                         holds(element.got, element.want, error.least, bounds[first], requirement)))
        ++first;
    const bool open =
        first == accuracy_classes && (requirement.undefined || (std::isinf(bounds.back()) && std::isfinite(element.got)));
    const bool within =
        first <= static_cast<std::size_t>(required) ||
        (std::isfinite(element.bound) && holds(element.got, element.want, error.least, element.bound, requirement));
    const bool unsettled =
        !within && (requirement.undefined || (std::isinf(element.bound) && std::isfinite(element.got) && finite_due));
    ++elements;
    tightest = std::max(tightest, first);
    undetermined = undetermined || open;
    if (unsettled)
        ++inconclusive;
    else if (!within)
        ++failed;
    if (within && !std::isfinite(element.error)) element.error = 0;  // NaN for NaN, infinity for an overflow
    if (std::isnan(element.error)) element.error = infinity;
    const double ratio = within && element.error == 0                 ? 0
                         : std::isfinite(element.bound) && finite_due ? element.error / element.bound
                         : within || unsettled                        ? 0
                                                                      : infinity;
    max_abs = std::max(max_abs, element.error);
    const double magnitude = std::fabs(element.want.hi);
    if (element.error > 0) max_rel = std::max(max_rel, magnitude > 0 ? element.error / magnitude : infinity);
    if (ulp > 0) max_ulp = std::max(max_ulp, element.error / ulp);
    if (!worst || ratio > utilisation || (ratio == utilisation && element.error > worst->error)) worst = element;
    utilisation = std::max(utilisation, ratio);
}

void TensorFindings::merge(const TensorFindings& other) {
    if (other.worst &&
        (!worst || other.utilisation > utilisation || (other.utilisation == utilisation && other.worst->error > worst->error)))
        worst = other.worst;
    elements += other.elements;
    failed += other.failed;
    inconclusive += other.inconclusive;
    for (std::size_t k = 0; k < oracle::levels; ++k) decided[k] += other.decided[k];
    tightest = std::max(tightest, other.tightest);
    undetermined = undetermined || other.undetermined;
    max_abs = std::max(max_abs, other.max_abs);
    max_rel = std::max(max_rel, other.max_rel);
    max_ulp = std::max(max_ulp, other.max_ulp);
    utilisation = std::max(utilisation, other.utilisation);
}

void add_equal(TensorFindings& findings, std::size_t channel, double got, double want, const Format& format) {
    const bool same = got == want || (std::isnan(got) && std::isnan(want));
    const double error = same ? 0 : std::isfinite(got) && std::isfinite(want) ? std::fabs(got - want) : infinity;
    TensorFindings one;
    one.elements = 1;
    one.failed = !same;
    one.max_abs = error;
    one.max_rel = same ? 0 : want != 0 ? error / std::fabs(want) : infinity;
    one.max_ulp = same || !std::isfinite(want) ? 0 : error / format.ulp(want);
    one.utilisation = same ? 0 : infinity;
    one.worst = Element{channel, 0, got, {want}, error, 0};
    findings.merge(one);
}

}  // namespace bncheck::judge
