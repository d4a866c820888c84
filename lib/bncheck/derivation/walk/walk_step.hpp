#pragma once

// One statement of the walk, judged. With f the statement's formula, a its operands in working precision, A in the reference,
// and y its working value,
//
//     y - f(A)  =  f(a) - f(A)  +  y - f(a)
//                  inherited       made here
//
// where f is evaluated in 256 bits. What the step loses is told by the digits of y against those of the worst of its operands:
// what it inherits is lost here only as far as f magnifies it.

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "bncheck/bn/real.hpp"
#include "bncheck/derivation/formula/formula.hpp"
#include "bncheck/derivation/walk/cancellation.hpp"
#include "bncheck/derivation/walk/walk.hpp"
#include "bncheck/derivation/walk/walk_reason.hpp"

namespace bncheck::derivation {

/// The quantities so far. T is float or double.
template <class T>
struct WalkState {
    Quantities<T> working;
    Quantities<bn::Real256> reference;
    std::map<std::string, double> digits = {};  ///< of each quantity's norm, but m
};

/// A step's figures, and the largest |working - reference|.
struct WalkedStep {
    WalkStep step;
    bn::Real256 max_abs;
};

/// a - b, which is nothing where neither is finite.
inline bn::Real256 walk_distance(const bn::Real256& a, const bn::Real256& b) {
    const bool finite_a = isfinite(a), finite_b = isfinite(b);
    if (finite_a && finite_b) return abs(bn::Real256(a - b));
    return finite_a == finite_b ? bn::Real256(0) : std::numeric_limits<bn::Real256>::infinity();
}

/// The error in relation to `reference`, as RelativeError has it.
inline double relative_to(const bn::Real256& error, const bn::Real256& reference) {
    if (!isfinite(reference)) return std::numeric_limits<double>::quiet_NaN();
    if (error == 0) return 0;
    if (reference == 0 || !isfinite(error)) return std::numeric_limits<double>::infinity();
    const double numerator = static_cast<double>(error), denominator = static_cast<double>(reference);
    if (std::isnormal(numerator) && std::isnormal(denominator)) return std::abs(numerator / denominator);
    return std::abs(static_cast<double>(bn::Real256(error / reference)));
}

template <class T>
double digits_of(double relative_error) {
    constexpr double most = std::numeric_limits<T>::digits * 0.30102999566398120;  // log10(2)
    if (std::isnan(relative_error)) return relative_error;
    if (relative_error == 0) return most;
    return relative_error >= 1 ? 0 : std::min(-std::log10(relative_error), most);
}

template <class T>
RelativeError relative_error(double error) {
    return {error, digits_of<T>(error)};
}

/// The figures of a value, without those that depend on the operands.
template <class T>
WalkedStep measured(const std::string& quantity, const Value<T>& found, const Value<bn::Real256>& of_rounded,
                    const Value<bn::Real256>& truth) {
    using Real = bn::Real256;
    WalkedStep result{{}, 0};
    WalkStep& step = result.step;
    step.quantity = quantity;
    step.indexed = truth.indexed;
    Real size = 0, inherited = 0, made = 0;
    const auto raise = [](Real& largest, const Real& to) {
        if (largest < to) largest = to;
    };
    double worst = -1;
    bool defined = true;
    for (std::size_t i = 0; i < truth.values.size(); ++i) {
        const Real value = found.at(i), &crossed = of_rounded.at(i), &reference = truth.at(i);
        const Real error = walk_distance(value, reference);
        raise(result.max_abs, error);
        raise(inherited, walk_distance(crossed, reference));
        raise(made, walk_distance(value, crossed));
        raise(size, abs(reference));
        const double relative = relative_to(error, reference);
        if (defined && (std::isnan(relative) || relative > worst)) {
            worst = relative;
            step.index = i;
        }
        defined = defined && !std::isnan(relative);
    }
    if (!defined) result.max_abs = size = std::numeric_limits<Real>::quiet_NaN();
    step.working = static_cast<double>(found.at(step.index));
    step.reference = static_cast<double>(truth.at(step.index));
    step.reference_digits = truth.at(step.index).str(30);
    step.element = relative_error<T>(worst);
    step.norm = relative_error<T>(relative_to(result.max_abs, size));
    step.inherited = relative_to(inherited, size);
    step.made_here = relative_to(made, size);
    return result;
}

template <class T>
bool all_finite(const Value<T>& value) {
    return std::all_of(value.values.begin(), value.values.end(), [](const T& one) { return std::isfinite(one); });
}

/// A statement whose working value is `found`, and whose reference value is `truth`; its formula in terms of quantities that
/// are in `before`.
template <class T>
WalkedStep assess(const Statement& statement, const WalkState<T>& before, const Value<T>& found,
                  const Value<bn::Real256>& truth) {
    const Value<bn::Real256> of_rounded = evaluate<bn::Real256>(statement.value, before.working);
    WalkedStep result = measured(statement.target, found, of_rounded, truth);
    WalkStep& step = result.step;
    step.formula = to_source(statement.value);
    double digits = digits_of<T>(0);
    std::string not_finite;
    for (const std::string& name : names_in(statement.value)) {
        const auto known = before.digits.find(name);
        if (known == before.digits.end()) continue;
        if (!all_finite(before.working.values.at(name))) not_finite = name;
        if (!(known->second >= digits)) {
            step.worst_operand = name;
            digits = known->second;
        }
    }
    if (!std::isnan(step.norm.digits) && !std::isnan(digits)) step.lost = std::max(0.0, digits - step.norm.digits);
    WalkCircumstances why;
    why.finite = all_finite(found);
    why.not_finite_operand = not_finite;
    const bn::Real256& exact = of_rounded.at(step.index);
    why.finite_if_exact = isfinite(exact);
    why.underflows = exact != 0 && abs(exact) < std::numeric_limits<T>::min();
    why.m = before.working.m;
    if (loses(step) && why.finite)
        why.cancellation = CancellationSearch<bn::Real256>(statement.value, before.reference).found();
    if (why.cancellation) step.condition = why.cancellation->condition;
    step.reason = walk_reason(step, why);
    return result;
}

}  // namespace bncheck::derivation
