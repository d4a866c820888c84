#include "bncheck/derivation/walk/walk_reason.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bncheck::derivation {
namespace {

/// A sum that is 0 comes out of 256 bits with the rounding of its terms, some m 2^-256 of them: beyond this condition nothing
/// is left of a sum of up to 2^40 terms.
constexpr double beyond_reference = 0x1p200;

std::string cancellation_text(const Cancellation& cancellation) {
    if (cancellation.condition > beyond_reference) return cancellation.sum + " cancels completely: it is 0 but for rounding";
    const std::string times = fmt::format(" is {:.2g} times ", cancellation.ratio);
    if (cancellation.of_indices)
        return fmt::format("{} cancels: the sum of |{}|{}it", cancellation.sum, cancellation.largest, times);
    return fmt::format("{} cancels: |{}|{}|{}|", cancellation.sum, cancellation.largest, times, cancellation.sum);
}

bool sums_over_indices(const std::string& formula) {
    return formula.find("sum(") != std::string::npos || formula.find("mean(") != std::string::npos;
}

}  // namespace

std::string walk_reason(const WalkStep& step, const WalkCircumstances& why) {
    if (!why.finite || std::isnan(step.norm.error)) {
        if (!why.not_finite_operand.empty()) return why.not_finite_operand + " is not finite";
        if (why.finite_if_exact) return "beyond the largest number of the working precision";
        return std::isnan(step.norm.error) ? "a division by 0, or a root of a negative number"
                                           : "a division by 0, or a root of a negative number, of rounded operands";
    }
    if (!loses(step)) return "";
    if (why.underflows) return "below the normal numbers of the working precision";
    // Of what is lost, a factor of the condition is cancellation's, and the rest comes from roundings that add up: the larger
    // one is named.
    if (why.cancellation && std::log10(why.cancellation->condition) >= step.lost / 2)
        return cancellation_text(*why.cancellation);
    if (step.made_here >= step.inherited && sums_over_indices(step.formula))
        return fmt::format("the roundings of a sum of {} terms add up", why.m);
    return "errors of its operands add up";
}

}  // namespace bncheck::derivation
