#include "bncheck/derivation/proof/extent.hpp"

#include <algorithm>
#include <cstdlib>

#include "bncheck/core/error.hpp"

namespace bncheck::derivation {
namespace {

using Kind = Node::Kind;

Extent constant() {
    Extent one;
    one.monomial = true;
    return one;
}

Extent zero() {
    Extent nothing;
    nothing.zero = true;
    return nothing;
}

bool is_constant(const Extent& e) { return e == constant(); }

DegreeRange plus(const DegreeRange& a, const DegreeRange& b) { return {a.low + b.low, a.high + b.high}; }
DegreeRange both(const DegreeRange& a, const DegreeRange& b) { return {std::min(a.low, b.low), std::max(a.high, b.high)}; }
DegreeRange negative(const DegreeRange& a) { return {-a.high, -a.low}; }

const Extent& checked(const Extent& e) {
    const int degrees[] = {e.root,    e.x,      e.twice_eps, e.m_low,      e.m_high,    e.dy.low,
                           e.dy.high, e.others, e.gamma.low, e.gamma.high, e.seeds.low, e.seeds.high};
    for (const int degree : degrees)
        if (std::abs(degree) > largest_degree)
            throw Error(Fault::usage, "too-large", "",
                        "the formula has a degree above " + std::to_string(largest_degree) +
                            ": a proof would need more points than can be tried",
                        "write it with smaller powers");
    return e;
}

Extent product_of(const Extent& a, const Extent& b) {
    if (a.zero || b.zero) return zero();
    Extent e;
    e.root = a.root + b.root;
    e.x = a.x + b.x;
    e.twice_eps = a.twice_eps + b.twice_eps;
    e.m_low = a.m_low + b.m_low;
    e.m_high = a.m_high + b.m_high;
    e.dy = plus(a.dy, b.dy);
    e.seeds = plus(a.seeds, b.seeds);
    e.gamma = plus(a.gamma, b.gamma);
    e.others = a.others + b.others;
    // One monomial factor with index i makes the product's monomials have it: if i is the product's own index.
    e.local = a.local || b.local;
    e.indexed = a.indexed || b.indexed;
    e.monomial = a.monomial && b.monomial;
    return checked(e);
}

Extent sum_of(const Extent& a, const Extent& b) {
    if (a.zero) return b;
    if (b.zero) return a;
    Extent e;
    e.root = std::max(a.root, b.root);
    e.x = std::max(a.x, b.x);
    e.twice_eps = std::max(a.twice_eps, b.twice_eps);
    e.m_low = std::min(a.m_low, b.m_low);
    e.m_high = std::max(a.m_high, b.m_high);
    e.dy = both(a.dy, b.dy);
    e.seeds = both(a.seeds, b.seeds);
    e.gamma = both(a.gamma, b.gamma);
    e.others = std::max(a.others, b.others);
    e.local = a.local && b.local;
    e.indexed = a.indexed || b.indexed;
    e.monomial = is_constant(a) && is_constant(b);
    return e;
}

/// Of 1/e for a monomial.
Extent inverse_of(const Extent& e) {
    Extent result;
    result.root = -e.root;
    result.x = -e.x;
    result.twice_eps = -e.twice_eps;
    // The power of m alone is m_low - root and m_high.
    result.m_low = -e.m_low;
    result.m_high = -e.m_high;
    result.gamma = negative(e.gamma);
    result.monomial = true;
    return result;
}

Extent power_of_m(int power) {
    Extent e;
    e.m_low = e.m_high = power;
    e.monomial = true;
    return e;
}

Extent over_all_indices(const Extent& e) {
    if (e.zero) return e;
    if (!e.indexed) return product_of(e, power_of_m(1));
    Extent result = e;
    result.m_high += e.local ? 0 : 1;
    result.local = result.indexed = result.monomial = false;
    return checked(result);
}

QuotientExtent times(const QuotientExtent& a, const QuotientExtent& b) {
    return {product_of(a.numerator, b.numerator), product_of(a.denominator, b.denominator)};
}

QuotientExtent inverse(const QuotientExtent& e) {
    if (e.numerator.zero) throw Error(Fault::usage, "format", "", "the formula divides by zero", "remove the division");
    if (e.numerator.monomial) return {product_of(e.denominator, inverse_of(e.numerator)), constant()};
    return {e.denominator, e.numerator};
}

QuotientExtent powered(const QuotientExtent& base, long long exponent) {
    if (exponent < 0) return powered(inverse(base), -exponent);
    if (exponent > largest_degree && !(is_constant(base.numerator) && is_constant(base.denominator))) {
        Extent huge;
        huge.x = largest_degree + 1;
        checked(huge);
    }
    if (exponent > 4096)
        throw Error(Fault::usage, "too-large", "", "the formula has a number to a power above 4096", "write a smaller power");
    QuotientExtent result{constant(), constant()};
    for (long long i = 0; i < exponent; ++i) result = times(result, base);
    return result;
}

}  // namespace

QuotientExtent extent_of(const Expression& formula, const Extents& quantities) {
    const Node& n = *formula;
    const auto child = [&](std::size_t i) { return extent_of(n.children[i], quantities); };
    switch (n.kind) {
        case Kind::number:
            return {n.numerator == 0 ? zero() : constant(), constant()};
        case Kind::name:
        case Kind::partial: {
            const std::string key = n.kind == Kind::name ? n.name : n.name + "/" + n.by;
            const auto found = quantities.find(key);
            if (found == quantities.end()) throw Error(Fault::internal, "derivation", key, "there is no such quantity here");
            return found->second;
        }
        case Kind::terms: {
            QuotientExtent total = child(0);
            for (std::size_t i = 1; i < n.children.size(); ++i) {
                const QuotientExtent next = child(i);
                total = total.denominator == constant() && next.denominator == constant()
                            ? QuotientExtent{sum_of(total.numerator, next.numerator), constant()}
                            : QuotientExtent{residual_extent(total, next), product_of(total.denominator, next.denominator)};
            }
            return total;
        }
        case Kind::multiply:
            return times(child(0), child(1));
        case Kind::divide:
            return times(child(0), inverse(child(1)));
        case Kind::power:
            if (n.halves % 2 != 0) throw Error(Fault::internal, "derivation", "", "a root in a formula whose degree is asked");
            return powered(child(0), n.halves / 2);
        case Kind::sum:
        case Kind::mean: {
            const QuotientExtent inside = child(0);
            if (inside.denominator.indexed)
                throw Error(
                    Fault::usage, "unprovable", "",
                    "a sum runs over quotients whose denominators differ from index to index, which no number of points "
                    "proves for every m",
                    "divide by quantities of the channel only");
            const Extent total = over_all_indices(inside.numerator);
            return {n.kind == Kind::sum ? total : product_of(total, power_of_m(-1)), inside.denominator};
        }
    }
    return {};
}

Extent constant_extent() { return constant(); }

Extent residual_extent(const QuotientExtent& left, const QuotientExtent& right) {
    return sum_of(product_of(left.numerator, right.denominator), product_of(right.numerator, left.denominator));
}

}  // namespace bncheck::derivation
