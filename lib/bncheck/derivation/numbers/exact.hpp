#pragma once

// The exact ring Q[r]/(q r^2 - 1) of design section 3: a + b r with rational a and b, at a point whose q is rational. For
// rational data every quantity of batch normalization is one of these, forward, backward and double backward.
//
// r is kept as a symbol: two elements are equal where a and b are, whether or not q has a rational root. As r = q^(-1/2) is no
// rational function of x and eps, an identity between such quantities holds if and only if it holds for a and b separately.
// Include only in sources: Boost.Multiprecision is heavy.

#include <boost/multiprecision/gmp.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "bncheck/core/error.hpp"

namespace bncheck::derivation {

using Rational = boost::multiprecision::number<boost::multiprecision::gmp_rational, boost::multiprecision::et_off>;

/// A rational number, of which zero takes no memory: most of what dual numbers carry is zero.
class Sparse {
public:
    Sparse() = default;
    explicit Sparse(Rational value) {
        if (value != 0) value_ = std::move(value);
    }
    bool is_zero() const { return !value_; }
    Rational value() const { return value_ ? *value_ : Rational(0); }

    friend Sparse operator+(const Sparse& x, const Sparse& y) {
        if (!x.value_) return y;
        return y.value_ ? Sparse(*x.value_ + *y.value_) : x;
    }
    friend Sparse operator-(const Sparse& x, const Sparse& y) {
        if (!y.value_) return x;
        return x.value_ ? Sparse(*x.value_ - *y.value_) : Sparse(-*y.value_);
    }
    friend Sparse operator*(const Sparse& x, const Sparse& y) {
        return x.value_ && y.value_ ? Sparse(*x.value_ * *y.value_) : Sparse();
    }
    bool operator==(const Sparse&) const = default;

private:
    std::optional<Rational> value_;
};

class Exact {
public:
    explicit Exact(int whole) : a_(Rational(whole)) {}
    explicit Exact(unsigned long whole) : a_(Rational(whole)) {}
    explicit Exact(Rational rational) : a_(std::move(rational)) {}

    Rational rational() const { return a_.value(); }  ///< a
    Rational of_root() const { return b_.value(); }   ///< b
    bool is_rational() const { return b_.is_zero(); }
    bool is_zero() const { return a_.is_zero() && b_.is_zero(); }
    /// 1/q; one has been given wherever b is not zero.
    Rational inverse_q() const { return inverse_q_->value(); }

    friend Exact operator+(const Exact& x, const Exact& y) { return {x.a_ + y.a_, x.b_ + y.b_, root_of(x, y)}; }
    friend Exact operator-(const Exact& x, const Exact& y) { return {x.a_ - y.a_, x.b_ - y.b_, root_of(x, y)}; }
    friend Exact operator*(const Exact& x, const Exact& y) {
        if (x.is_zero() || y.is_zero()) return Exact(Sparse(), Sparse(), nullptr);
        if (x.is_rational() && y.is_rational()) return {x.a_ * y.a_, Sparse(), nullptr};
        const Root& root = root_of(x, y);
        const Sparse of_roots = x.b_ * y.b_;
        return {of_roots.is_zero() ? x.a_ * y.a_ : x.a_ * y.a_ + of_roots * *root, x.a_ * y.b_ + x.b_ * y.a_, root};
    }
    /// y is rational or a multiple of r, which are the divisors that occur, and not zero; else an internal error.
    friend Exact operator/(const Exact& x, const Exact& y) {
        if (y.is_zero() || !(y.a_.is_zero() || y.b_.is_zero()))
            throw Error(Fault::internal, "derivation", "", "division by what is no unit of the ring");
        if (y.is_rational()) return x * Exact(1 / y.rational());
        return x * Exact(Sparse(), Sparse(1 / (y.of_root() * y.inverse_q())), y.inverse_q_);
    }
    friend bool operator==(const Exact& x, const Exact& y) { return x.a_ == y.a_ && x.b_ == y.b_; }

    /// r at a positive rational q; else an internal error.
    friend Exact inverse_sqrt(const Exact& q) {
        if (!q.is_rational() || q.rational() <= 0)
            throw Error(Fault::internal, "derivation", "", "the root of what is no positive rational");
        return {Sparse(), Sparse(Rational(1)), std::make_shared<const Sparse>(1 / q.rational())};
    }

private:
    using Root = std::shared_ptr<const Sparse>;

    Exact(Sparse a, Sparse b, Root inverse_q) : a_(std::move(a)), b_(std::move(b)), inverse_q_(std::move(inverse_q)) {}

    /// The 1/q that both have; numbers of different roots do not mix.
    static const Root& root_of(const Exact& x, const Exact& y) {
        if (!x.inverse_q_) return y.inverse_q_;
        if (y.inverse_q_ && x.inverse_q_ != y.inverse_q_ && *x.inverse_q_ != *y.inverse_q_)
            throw Error(Fault::internal, "derivation", "", "numbers with the roots of different q");
        return x.inverse_q_;
    }

    Sparse a_, b_;
    Root inverse_q_;
};

/// A numerator and a denominator, divided out where that is a unit of the ring: the value of a formula that divides by
/// anything, as a quotient of polynomials in the data and r. What is zero times a unit is zero, so that numerators vanish where
/// those of the polynomials do.
class Fraction {
public:
    explicit Fraction(int whole) : numerator_(whole) {}
    explicit Fraction(unsigned long whole) : numerator_(whole) {}
    explicit Fraction(Exact value) : numerator_(std::move(value)) {}

    const Exact& numerator() const { return numerator_; }
    /// Nothing in it was divided by zero, even if that is undone later.
    bool defined() const { return defined_ && (!denominator_ || !denominator_->is_zero()); }
    bool divided_out() const { return defined_ && !denominator_; }

    friend Fraction operator+(const Fraction& x, const Fraction& y) { return combined(x, y, x.cross(y) + y.cross(x)); }
    friend Fraction operator-(const Fraction& x, const Fraction& y) { return combined(x, y, x.cross(y) - y.cross(x)); }
    friend Fraction operator*(const Fraction& x, const Fraction& y) { return combined(x, y, x.numerator_ * y.numerator_); }
    friend Fraction operator/(const Fraction& x, const Fraction& y) {
        Fraction inverse(y.denominator_.value_or(Exact(1)));
        inverse.denominator_ = y.numerator_;
        inverse.defined_ = y.defined() && !y.numerator_.is_zero();
        return x * inverse;
    }

    /// Over the one denominator that all have, as the terms of a sum over indices do where it has no index. Adding them one by
    /// one would multiply the numerators by it, so that they vanish wherever it does.
    friend Fraction sum(const std::vector<Fraction>& values) {
        Fraction total = values.front();
        for (std::size_t i = 1; i < values.size(); ++i) {
            if (total.denominator_ == values[i].denominator_)
                total.numerator_ = total.numerator_ + values[i].numerator_;
            else
                total = total + values[i];
            total.defined_ = total.defined_ && values[i].defined_;
        }
        return total;
    }
    /// The power 0: 1, but not of what has no value.
    friend Fraction unity(const Fraction& x) {
        Fraction one(1);
        one.defined_ = x.defined();
        return one;
    }

private:
    Exact cross(const Fraction& other) const { return other.denominator_ ? numerator_ * *other.denominator_ : numerator_; }
    static bool is_unit(const Exact& value) { return !value.is_zero() && (value.is_rational() || value.rational() == 0); }
    static Fraction combined(const Fraction& x, const Fraction& y, Exact numerator) {
        Fraction result(std::move(numerator));
        result.defined_ = x.defined_ && y.defined_;
        if (!x.denominator_ && !y.denominator_) return result;
        Exact denominator = x.denominator_ && y.denominator_ ? *x.denominator_ * *y.denominator_
                            : x.denominator_                 ? *x.denominator_
                                                             : *y.denominator_;
        if (is_unit(denominator))
            result.numerator_ = result.numerator_ / denominator;
        else
            result.denominator_ = std::move(denominator);
        return result;
    }

    Exact numerator_;
    std::optional<Exact> denominator_;  ///< none: 1
    bool defined_ = true;
};

/// Roots are replaced by powers of r before a formula is evaluated: there is none to take.
inline Fraction inverse_sqrt(const Fraction&) {
    throw Error(Fault::internal, "derivation", "", "a root in a formula that is evaluated exactly");
}

}  // namespace bncheck::derivation
