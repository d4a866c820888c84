#pragma once

// Where a formula cancels. A sum of terms has the condition number
//
//     sum |terms| / |sum|,
//
// by which relative errors of the terms are multiplied at most; indexed values are measured by their largest. A sum inside of a
// formula matters by as much as it weighs in the result: its condition counts min(1, w) times, w being the product of
// |term| / |sum| over the sums around it, and of exponents. So a term that is dwarfed by its neighbours may cancel unnoticed,
// and what the sums around it lose is theirs.

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "bncheck/derivation/formula/evaluate.hpp"

namespace bncheck::derivation {

/// One sum of a formula, of terms or over the indices.
struct Cancellation {
    std::string sum;          ///< its source: "x - mu"
    std::string largest;      ///< the source of its largest term, "x"; over the indices what is summed
    bool of_indices = false;  ///< it is over the indices
    double condition = 1;     ///< >= 1 but for rounding; infinite where the sum is 0
    double ratio = 1;         ///< |largest| / |sum|; over the indices the condition
};

/// Finds the sum with the largest condition, as it counts.
template <class N>
class CancellationSearch {
public:
    /// Evaluates the formula once.
    CancellationSearch(const Expression& formula, const Quantities<N>& at) : m_(bn::count<N>(at.m)) {
        evaluate<N>(formula, at, [&](const Node& node, const Value<N>& value) { measure(node, value); });
        visit(formula, 1);
    }

    /// None where the formula adds nothing up, or its values are not finite.
    const std::optional<Cancellation>& found() const { return found_; }

private:
    struct Size {
        N largest, total;  ///< max |value|, sum of |value|
        bool indexed;
    };

    void measure(const Node& node, const Value<N>& value) {
        Size size{N(0), N(0), value.indexed};
        for (const N& one : value.values) {
            const N magnitude = one < N(0) ? N(0) - one : one;
            size.total = size.total + magnitude;
            if (!(magnitude <= size.largest)) size.largest = magnitude;
        }
        sizes_.insert_or_assign(&node, size);
    }

    static double quotient(const N& a, const N& b) {
        return b == N(0) ? std::numeric_limits<double>::infinity() : static_cast<double>(N(a / b));
    }

    void consider(const Cancellation& one, double weight) {
        const double score = one.condition * std::min(1.0, weight);
        if (!(score > best_)) return;
        best_ = score;
        found_ = one;
    }

    void visit_terms(const Expression& expression, double weight) {
        const Node& n = *expression;
        const N& sum = sizes_.at(&n).largest;
        N terms(0);
        Expression largest = n.children[0];
        for (const Expression& child : n.children) {
            const Size& size = sizes_.at(child.get());
            terms = terms + size.largest;
            if (sizes_.at(largest.get()).largest < size.largest) largest = child;
        }
        consider({to_source(expression), to_source(largest), false, quotient(terms, sum),
                  quotient(sizes_.at(largest.get()).largest, sum)},
                 weight);
        for (const Expression& child : n.children) visit(child, weight * quotient(sizes_.at(child.get()).largest, sum));
    }

    void visit(const Expression& expression, double weight) {
        const Node& n = *expression;
        if (n.kind == Node::Kind::terms && n.children.size() > 1) return visit_terms(expression, weight);
        if (n.kind == Node::Kind::power) weight *= static_cast<double>(n.halves < 0 ? -n.halves : n.halves) / 2;
        if (n.kind == Node::Kind::sum || n.kind == Node::Kind::mean) {
            const Size& inside = sizes_.at(n.children[0].get());
            const N& value = sizes_.at(&n).largest;
            // One number for every index is multiplied by their count, not summed.
            const double condition =
                inside.indexed ? quotient(inside.total, n.kind == Node::Kind::mean ? N(value * m_) : value) : 1;
            consider({to_source(expression), to_source(n.children[0]), true, condition, condition}, weight);
            weight *= condition;
        }
        for (const Expression& child : n.children) visit(child, weight);
    }

    N m_;
    std::map<const Node*, Size> sizes_;
    double best_ = 0;
    std::optional<Cancellation> found_;
};

}  // namespace bncheck::derivation
