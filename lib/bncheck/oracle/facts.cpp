#include "bncheck/oracle/facts.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "bncheck/oracle/radius.hpp"
#include "bncheck/oracle/sweep.hpp"

namespace bncheck::oracle {
namespace {

/// Exponent of the last bit of a nonzero finite number.
int last_bit(double value) {
    const std::uint64_t bits = std::bit_cast<std::uint64_t>(value), field = bits >> 52 & 0x7ff;
    const std::uint64_t fraction = bits & 0x000fffffffffffffu;
    if (field == 0) return -1074 + std::countr_zero(fraction);
    return static_cast<int>(field) - 1075 + std::countr_zero(fraction | 0x0010000000000000u);
}

/// Terms one by one, until it is clear that their sum rounds in some order.
class ExactnessTest {
public:
    explicit ExactnessTest(int p) : p_(p) {}
    /// False once the condition of sums_exactly() is broken, which later terms cannot mend.
    bool add(double term) {
        if (term == 0) return holds_;
        if (!std::isfinite(term)) return holds_ = false;
        exponent_ = std::min(exponent_, last_bit(term));
        total_ += std::fabs(term);
        // Where the condition holds for p <= 53, `total` is exact; where not, rounding cannot bring it below 2^(e + p).
        return holds_ = total_ <= std::ldexp(1.0, exponent_ + p_);
    }
    bool holds() const { return holds_; }

private:
    int p_, exponent_ = std::numeric_limits<int>::max() / 2;
    double total_ = 0;
    bool holds_ = true;
};

/// Where mu and all (x - mu)^2 are numbers of the format, and their sum is exact in any order.
bool squares_exactly(const Values& x, double mu, const Format& format) {
    if (format.round(mu) != mu) return false;
    ExactnessTest sum(format.precision);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double d = x[i] - mu, square = d * d;
        if (d + mu != x[i] || format.round(d) != d || std::fma(d, d, -square) != 0 || format.round(square) != square)
            return false;
        if (!sum.add(square)) return false;
    }
    return true;
}

/// Whether total / m is exact and comes out so by both division and 1/m as a factor.
bool divides_exactly(double total, double m, double quotient, const Format& format) {
    return std::fma(quotient, m, -total) == 0 && format.round(total * format.round(1 / m)) == quotient;
}

/// `dy` (or none) goes into `second` alone.
MomentFacts moment_facts(const Values& x, const Values& dy, const Format& format, SecondPass& second) {
    const double m = static_cast<double>(x.size());
    const FirstPass first = first_pass(x);
    MomentFacts f{m,     0,     0,    0, 0, 0, first.sum_abs / m, first.max_abs, 0, 0, first.nonzero, first.distance == 0,
                  false, false, false};
    if (f.constant) {
        f.hi = x[0];
    } else {
        // (s + e) / m to twice the precision: the remainder of the first quotient is exact.
        f.hi = (first.sum_hi + first.sum_lo) / m;
        f.lo = ((std::fma(-f.hi, m, first.sum_hi)) + first.sum_lo) / m;
        f.eta = compensated_mean_error(m, f.mean_abs);
    }
    second = second_pass(x, f.hi, f.lo, dy);
    f.v = second.squares / m;
    // The last term: what is lost where squares underflow.
    f.v_error = f.constant ? 0 : variance_error({0x1p-53, sweep_height(m)}, f.v) + 1.01 * f.eta * f.eta + 0x1p-1073;
    f.max_deviation = second.max_deviation;
    f.mean_square = f.v + f.hi * f.hi;
    f.exact_sum = sums_exactly(x, format.precision);
    f.exact_squares =
        f.exact_sum && f.lo == 0 && divides_exactly(first.sum_hi, m, f.hi, format) && squares_exactly(x, f.hi, format);
    f.exact_v = f.exact_squares && divides_exactly(second.squares, m, f.v, format);
    return f;
}

/// r where it is exactly 1/sqrt(q), else 0. `v` must be exact.
double exact_inverse_root(double v, double eps) {
    const double q = v + eps;
    if ((q - v) - eps != 0 || (q - eps) - v != 0) return 0;
    const double root = std::sqrt(q), r = 1 / root;
    return q > 0 && std::fma(root, root, -q) == 0 && std::fma(r, root, -1) == 0 ? r : 0;
}

/// Sets exact_products and exact_brackets; `products` is the sum of dy (x - mu).
void test_products(const ChannelView& c, ChannelFacts& facts, double products, const Format& format) {
    const bool exact_v = !c.training || facts.x.back().exact_v;
    const double r = exact_v && facts.lo == 0 ? exact_inverse_root(facts.v, c.eps) : 0, m = c.count();
    if (r == 0) return;
    const auto product_of = [&](double a, double b) {  // NaN where it is not a number of the format
        const double product = a * b;
        return std::fma(a, b, -product) == 0 && format.round(product) == product ? product : std::nan("");
    };
    // As arrangements have it: (gamma r) dy and xhat (gamma r c), r^2 coming in one r at a time.
    const double scale = product_of(c.gamma, r), factor = product_of(scale, product_of(facts.dy.products, r));
    ExactnessTest sum(format.precision), brackets(format.precision), scaled(format.precision);
    facts.dy.exact_brackets = facts.dy.exact_dy && divides_exactly(products, m, facts.dy.products, format);
    for (std::size_t i = 0; i < c.dy.size(); ++i) {
        const double x = c.x.back()[i], d = x - facts.hi, xhat = product_of(d, r);
        if (d + facts.hi != x || !sum.add(product_of(c.dy[i], xhat))) {
            facts.dy.exact_brackets = false;
            return;
        }
        facts.dy.exact_brackets =
            facts.dy.exact_brackets && brackets.add(product_of(scale, c.dy[i])) && brackets.add(product_of(xhat, factor));
    }
    facts.dy.exact_products = true;
}

}  // namespace

bool sums_exactly(const Values& terms, int p) {
    ExactnessTest test(p);
    for (std::size_t i = 0; i < terms.size(); ++i)
        if (!test.add(terms[i])) return false;
    return test.holds();
}

ChannelFacts facts_of(const ChannelView& c, Dtype dtype) {
    const Format format = format_of(statistics_dtype(dtype));
    ChannelFacts facts;
    SecondPass second{};
    for (std::size_t step = 0; step < c.x.size(); ++step)
        facts.x.push_back(moment_facts(c.x[step], step + 1 == c.x.size() ? c.dy : Values(), format, second));
    const MomentFacts& last = facts.x.back();
    if (c.training) {
        facts.hi = last.hi;
        facts.lo = last.lo;
        facts.eta = last.eta;
        facts.v = last.v;
        facts.v_error = last.v_error;
    } else {
        facts.hi = c.running_mean;
        facts.v = c.running_var;
        second = second_pass(c.x.back(), facts.hi, 0, c.dy);
    }
    facts.q = facts.v + c.eps;
    facts.r = 1 / std::sqrt(facts.q);
    if (c.backward()) {
        facts.dy = {second.dy / last.m,
                    second.abs_dy / last.m,
                    second.products / last.m,
                    second.abs_products / last.m,
                    second.nonzero_dy,
                    second.max_abs_dy,
                    sums_exactly(c.dy, format.precision),
                    false,
                    false};
        test_products(c, facts, second.products, format);
    }
    facts.radii = radii({0x1p-53, sweep_height(last.m)}, facts.eta, c, facts);
    return facts;
}

}  // namespace bncheck::oracle
