#include <cmath>

#include "bncheck/bn/definition.hpp"
#include "bncheck/oracle/exact_sum.hpp"
#include "bncheck/oracle/level.hpp"
#include "bncheck/oracle/mpfr_number.hpp"

namespace bncheck::oracle {
namespace {

/// Relative error of one operation: 256 bits are 2^-257 each; the rest covers the magnitudes being computed ones.
const Real unit_roundoff = ldexp(Real(1), -254);

/// An integer of GMP for the time of a computation.
class Integer {
public:
    Integer() { mpz_init(z); }
    explicit Integer(const ExactSum& sum) : Integer() { sum.get(z); }
    Integer(const Integer&) = delete;
    Integer& operator=(const Integer&) = delete;
    ~Integer() { mpz_clear(z); }
    mpz_t z;
};

/// integer 2^exponent / divisor, the only rounding being to Real.
Real quotient(const Integer& integer, long exponent, const Real& divisor) {
    Real value;
    mpfr_set_z_2exp(value.backend().data(), integer.z, exponent, MPFR_RNDN);
    return value / divisor;
}

/// m sum ab - sum a sum b, scaled by 2^(-2 lowest_exponent): m^2 times the covariance.
void covariance(Integer& result, const ExactSum& products, const Integer& a, const Integer& b, unsigned long m) {
    const Integer p(products);
    Integer scaled;
    mpz_mul_ui(scaled.z, p.z, m);
    mpz_mul_2exp(scaled.z, scaled.z, -ExactSum::lowest_exponent);
    mpz_mul(result.z, a.z, b.z);
    mpz_sub(result.z, scaled.z, result.z);
}

bool all_finite(const Values& values) {
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i])) return false;
    return true;
}

/// Products of floats are doubles: 48 bits, exponents from -298 to 255.
void add_product(ExactSum& sum, const Values& a, const Values& b, std::size_t i) {
    if (a.narrow() && b.narrow())
        sum.add(static_cast<double>(a.narrow()[i]) * static_cast<double>(b.narrow()[i]));
    else
        sum.add_product(a[i], b[i]);
}

/// Level 2. The sums over the channel are exact, and everything from them on is the definition, a dozen operations in 256 bits:
/// no error grows with m. Data that are not finite go through the definition's own sums, for its NaN and infinities.
class MpfrLevel : public Level {
public:
    MpfrLevel(const ChannelView& channel, Term omitted) : c_(channel), omitted_(omitted) {
        const bn::Moments<Real> moments =
            c_.training ? batch_moments(c_.x.back()) : bn::Moments<Real>{Real(c_.running_mean), Real(c_.running_var)};
        n_ = bn::normalizer(moments, Real(c_.eps));
        if (c_.training && c_.running) blend();
        if (!c_.backward()) return;
        // Where r is infinite, xhat = (x - mu) r is so element by element, or NaN where x = mu.
        if (all_finite(c_.x.back()) && all_finite(c_.dy) && std::isfinite(c_.running_mean) && n_.q > 0) {
            exact_backward();
        } else {
            std::vector<Real> xhat, dy;
            for (std::size_t i = 0; i < c_.dy.size(); ++i) {
                xhat.push_back(normalized(i));
                dy.push_back(c_.dy[i]);
            }
            dbeta_ = bn::sum(dy);
            dgamma_ = bn::sum_of_products(dy, xhat);
        }
        const Real m = c_.count();
        mean_dy_ = dbeta_ / m;
        mean_product_ = dgamma_ / m;
    }

    bool applies() const override { return true; }

    // Sums are exact: mu one rounding; v two; q three, its root and inverse two more.
    Enclosure mu() const override { return enclosed(n_.mu, abs(n_.mu)); }
    Enclosure v() const override { return enclosed(n_.v, n_.v * 2); }
    Enclosure r() const override { return enclosed(n_.r, n_.r * 4); }

    RunningEnclosure running() const override {
        return {enclosed(running_mean_, running_mean_error_), enclosed(running_var_, running_var_error_)};
    }

    Enclosure xhat(std::size_t i) const override { return enclosed(normalized(i), xhat_error(i)); }

    Enclosure y(std::size_t i) const override {
        const Real xhat = normalized(i), gamma = c_.gamma;
        const Real y = bn::output<Real>({xhat}, {gamma, Real(c_.beta)})[0];
        return enclosed(y, abs(gamma) * (xhat_error(i) + abs(xhat)) + abs(y));
    }

    Enclosure dx(std::size_t i) const override {
        const Real xhat = normalized(i), gamma = c_.gamma, dy = c_.dy[i];
        if (!c_.training) {
            const Real dx = bn::inference_backward<Real>({dy}, {xhat}, gamma, n_.r).dx[0];
            return enclosed(dx, abs(dx) * 7);
        }
        // With the means in place of the sums and m = 1 the definition's text is the bracket of this element.
        const Real dx = bn::closed_form_dx<Real>({dy}, {xhat}, gamma, n_.r, mean_product_, mean_dy_)[0];
        const Real c = abs(mean_product_), bracket = abs(dy) + abs(mean_dy_) * 2 + c * (xhat_error(i) + abs(xhat) * 8);
        return enclosed(dx, abs(gamma) * n_.r * bracket * 2 + abs(dx) * 7);
    }

    Enclosure dgamma() const override { return enclosed(dgamma_, abs(dgamma_) * 6 + dgamma_error_); }
    Enclosure dbeta() const override { return enclosed(dbeta_, abs(dbeta_)); }

private:
    /// `error` in units of u.
    Enclosure enclosed(const Real& value, const Real& error) const {
        Enclosure e = enclose(value);
        if (!std::isfinite(e.hi)) return {e.hi, 0, 0};
        if (omitted_ == Term::stored_rounding) e.radius = 0;
        if (omitted_ == Term::arithmetic) return e;
        const double more = mpfr_get_d(Real(error * unit_roundoff).backend().data(), MPFR_RNDU);
        e.radius += std::isnan(more) ? 0 : more;
        return e;
    }

    Real normalized(std::size_t i) const { return bn::normalized<Real>({Real(c_.x.back()[i])}, n_)[0]; }

    /// d = x - mu errs by u |mu| of the mean and u |d|; times r, which errs by 4 u: in units of u.
    Real xhat_error(std::size_t i) const {
        const Real d = Real(c_.x.back()[i]) - n_.mu;
        return n_.r * (abs(n_.mu) + abs(d) * 7);
    }

    bn::Moments<Real> batch_moments(const Values& x) const {
        if (!all_finite(x)) {
            std::vector<Real> values;
            for (std::size_t i = 0; i < x.size(); ++i) values.push_back(x[i]);
            return bn::moments(values);
        }
        ExactSum sum, squares;
        for (std::size_t i = 0; i < x.size(); ++i) {
            sum.add(x[i]);
            add_product(squares, x, x, i);
        }
        const Integer s(sum);
        Integer v;
        covariance(v, squares, s, s, x.size());
        const Real m = static_cast<unsigned long>(x.size());
        return {quotient(s, ExactSum::lowest_exponent, m), quotient(v, 2 * ExactSum::lowest_exponent, m * m)};
    }

    /// sum dy (x - mu) = (m sum dy x - sum dy sum x) / m; in inference mu is a double: sum dy x - mu sum dy.
    void exact_backward() {
        const Values &x = c_.x.back(), &dy = c_.dy;
        ExactSum sum_x, sum_dy, products;
        for (std::size_t i = 0; i < dy.size(); ++i) {
            sum_x.add(x[i]);
            sum_dy.add(dy[i]);
            add_product(products, dy, x, i);
        }
        const Real m = static_cast<unsigned long>(dy.size());
        const Integer s(sum_x), d(sum_dy), p(products);
        dbeta_ = quotient(d, ExactSum::lowest_exponent, Real(1));
        if (c_.training) {
            Integer cov;
            covariance(cov, products, s, d, dy.size());
            dgamma_ = quotient(cov, 2 * ExactSum::lowest_exponent, m) * n_.r;
            return;
        }
        const Real product = quotient(p, ExactSum::lowest_exponent, Real(1)), shift = Real(n_.mu * dbeta_);
        dgamma_ = (product - shift) * n_.r;
        dgamma_error_ = (abs(product) + abs(shift) * 3) * n_.r;
    }

    void blend() {
        Real mean = c_.running_mean, variance = c_.running_var;
        running_mean_error_ = running_var_error_ = 0;
        for (std::size_t step = 0; step < c_.x.size(); ++step) {
            const bn::Moments<Real> batch =
                step + 1 == c_.x.size() ? bn::Moments<Real>{n_.mu, n_.v} : batch_moments(c_.x[step]);
            const Real given = c_.weights[step], weight = c_.weights_are_complements ? Real(1) - given : given;
            const bool correct = c_.unbiased_running && c_.x[step].size() > 1;
            const Real v = correct ? bn::unbiased(batch.variance, c_.x[step].size()) : batch.variance;
            const Real spread = abs(weight) + abs(Real(1) - weight);
            running_mean_error_ = spread * (running_mean_error_ + (abs(mean) + abs(batch.mean)) * 6);
            running_var_error_ = spread * (running_var_error_ + (abs(variance) + v) * 8);
            mean = bn::running(mean, batch.mean, weight);
            variance = bn::running(variance, v, weight);
        }
        running_mean_ = mean;
        running_var_ = variance;
    }

    const ChannelView& c_;
    Term omitted_;
    bn::Normalizer<Real> n_;
    Real dgamma_, dgamma_error_ = 0, dbeta_, mean_dy_, mean_product_;
    Real running_mean_, running_var_, running_mean_error_ = 0, running_var_error_ = 0;
};

}  // namespace

std::unique_ptr<Level> make_mpfr_level(const ChannelView& channel, const ChannelFacts&, Term omitted) {
    return std::make_unique<MpfrLevel>(channel, omitted);
}

}  // namespace bncheck::oracle
