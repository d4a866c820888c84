#include "bncheck/gradient/definition_check.hpp"

#include <algorithm>
#include <cmath>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/dual.hpp"
#include "bncheck/bn/real.hpp"
#include "bncheck/gradient/richardson.hpp"
#include "bncheck/oracle/double_double_number.hpp"

namespace bncheck::gradient {
namespace {

template <class T>
double to_double(const T& value) {
    return static_cast<double>(value);
}

/// L as a function of any number type over T: T itself, or dual numbers of it.
template <class T>
struct Function {
    bool training;
    std::vector<T> x, dy;
    T gamma, beta, eps, running_mean, running_var;

    bn::Normalizer<T> normalizer() const {
        return bn::normalizer(training ? bn::moments(x) : bn::Moments<T>{running_mean, running_var}, eps);
    }
    T value() const { return bn::sum_of_products(dy, bn::output(bn::normalized(x, normalizer()), bn::Affine<T>{gamma, beta})); }
};

/// 0, ..., size - 1: coordinates of x; then gamma and beta.
template <class T>
T& variable(Function<T>& f, std::size_t which) {
    return which < f.x.size() ? f.x[which] : which == f.x.size() ? f.gamma : f.beta;
}

template <class T>
T dual_derivative(const Function<T>& f, std::size_t which) {
    using D = bn::Dual<T>;
    const auto lifted = [](const std::vector<T>& values) {
        std::vector<D> result;
        for (const T& value : values) result.push_back(D(value, T(0)));
        return result;
    };
    const auto lift = [](const T& value) { return D(value, T(0)); };
    Function<D> dual{f.training,   lifted(f.x), lifted(f.dy),         lift(f.gamma),
                     lift(f.beta), lift(f.eps), lift(f.running_mean), lift(f.running_var)};
    variable(dual, which).slope = T(1);
    return dual.value().slope;
}

/// What is known of the derivative by one variable before it is taken: its size, the scale on which L changes, and the rounding
/// of one value of L.
struct Scales {
    double size, length, noise;
};

template <class T>
class Check {
public:
    Check(Function<T> f, double u) : f_(std::move(f)), u_(u) {
        const bn::Normalizer<T> n = f_.normalizer();
        xhat_ = bn::normalized(f_.x, n);
        closed_ = f_.training ? bn::closed_form_backward(f_.dy, xhat_, f_.gamma, n.r)
                              : bn::inference_backward(f_.dy, xhat_, f_.gamma, n.r);
        r_ = to_double(n.r);
        // A value of L rounds m + 10 times relative to the magnitudes of its terms, and x - mu relative to max |x| r.
        const double m = static_cast<double>(f_.x.size()), gamma = std::fabs(to_double(f_.gamma)),
                     beta = std::fabs(to_double(f_.beta));
        double magnitude = 0, largest = std::fabs(to_double(n.mu));
        for (std::size_t i = 0; i < f_.x.size(); ++i) {
            const double xhat = std::fabs(to_double(xhat_[i])), dy = std::fabs(to_double(f_.dy[i]));
            magnitude += dy * (gamma * (xhat + 1) + beta);
            products_ += dy * xhat;
            sum_ += dy;
            most_dy_ = std::max(most_dy_, dy);
            largest = std::max(largest, std::fabs(to_double(f_.x[i])));
        }
        rounding_ = u_ * (m + 10) * (1 + largest * r_);
        noise_ = rounding_ * magnitude;
    }

    DefinitionCheck run(std::size_t coordinates) {
        DefinitionCheck result;
        result.values = f_.x.size();
        result.coordinates = std::min(coordinates, f_.x.size());
        result.digits = result.dual_digits = 1000;
        for (std::size_t k = 0; k < result.coordinates; ++k) {
            const std::size_t i = k * f_.x.size() / result.coordinates;
            compare(i, closed_.dx[i], result.dx, result);
        }
        compare(f_.x.size(), closed_.dgamma, result.dgamma, result);
        compare(f_.x.size() + 1, closed_.dbeta, result.dbeta, result);
        return result;
    }

private:
    Scales scales(std::size_t which) const {
        const double gamma = std::fabs(to_double(f_.gamma)), m = static_cast<double>(f_.x.size());
        // |dy_i| + mean|dy| + |xhat_i| mean|dy xhat|, |xhat_i| <= sqrt(m).
        if (which < f_.x.size()) return {gamma * r_ * (most_dy_ + sum_ / m + products_ / std::sqrt(m)), 1 / r_, noise_};
        // L is linear in gamma and beta, of which a step of 1 changes it by dgamma or dbeta.
        if (which == f_.x.size()) return {products_, 1, noise_ + rounding_ * (products_ + sum_)};
        return {sum_, 1, noise_ + rounding_ * sum_};
    }

    static double digits(double difference, double size) { return difference == 0 ? 1000 : -std::log10(difference / size); }

    void compare(std::size_t which, const T& closed, EntryFindings& findings, DefinitionCheck& result) {
        constexpr std::size_t steps = most_steps;
        const Scales s = scales(which);
        ++findings.entries;
        if (s.size == 0) return;  // gamma = 0, or dy = 0: there is nothing to differ
        // As in gradient/base_point.hpp: Ridders' error, of order 6, against noise.
        const double tau = std::min(std::pow(s.noise / (s.size * s.length), 1.0 / (2 * steps - 1)), 0x1p-6);
        const T h = T(std::ldexp(1.0, std::ilogb(tau * s.length)));
        std::array<T, most_steps> differences;
        Function<T> f = f_;
        const T at = variable(f, which);
        for (std::size_t l = 1; l <= steps; ++l) {
            const T step = h * T(static_cast<int>(l));
            variable(f, which) = at + step;
            const T above = f.value();
            variable(f, which) = at - step;
            differences[l - 1] = (above - f.value()) / (T(2) * step);
        }
        const auto abs_of = [](const T& value) { return T(abs(value)); };
        const Extrapolated<T> numeric = extrapolate(differences, steps, abs_of);
        const T dual = dual_derivative(f_, which);
        findings.evaluations += 2 * steps;
        Entry e;
        e.i = which < f_.x.size() ? which : 0;
        e.analytic = to_double(closed);
        e.numeric = to_double(numeric.value);
        e.error = to_double(T(abs(numeric.value - closed)));
        // The closed form, and the dual numbers, round as often as a value of L does.
        const double analytic_error = 4 * rounding_ * s.size * std::sqrt(static_cast<double>(f_.x.size()));
        e.estimated = to_double(numeric.error) + weights(steps).noise_gain * s.noise / to_double(h);
        e.allowed = e.estimated + analytic_error;
        const double between = to_double(T(abs(dual - closed)));
        const bool fails = !(e.error <= e.allowed) || !(between <= 2 * analytic_error);
        findings.failed += fails;
        findings.max_abs = std::max(findings.max_abs, e.error);
        findings.consider(e, fails);
        result.digits = std::min(result.digits, digits(to_double(T(abs(numeric.value - dual))), s.size));
        result.dual_digits = std::min(result.dual_digits, digits(between, s.size));
    }

    Function<T> f_;
    double u_, r_ = 0, rounding_ = 0, noise_ = 0, products_ = 0, sum_ = 0, most_dy_ = 0;
    std::vector<T> xhat_;
    bn::Gradients<T> closed_;
};

/// Whether every number is 0 or of a magnitude between 1 / most and most.
bool all_within(const oracle::ChannelView& c, double most) {
    const auto fits = [&](double value) { return value == 0 || (std::fabs(value) > 1 / most && std::fabs(value) < most); };
    for (std::size_t i = 0; i < c.dy.size(); ++i)
        if (!fits(c.x.back()[i]) || !fits(c.dy[i])) return false;
    return fits(c.gamma) && fits(c.beta) && fits(c.eps) && fits(c.running_mean) && fits(c.running_var);
}

template <class T>
std::optional<DefinitionCheck> check(const oracle::ChannelView& c, double u, std::size_t most, std::size_t coordinates) {
    const std::size_t size = std::min(most, c.dy.size());
    Function<T> f{c.training, {}, {}, T(c.gamma), T(c.beta), T(c.eps), T(c.running_mean), T(c.running_var)};
    for (std::size_t i = 0; i < size; ++i) {
        f.x.push_back(T(c.x.back()[i]));
        f.dy.push_back(T(c.dy[i]));
    }
    const double q = to_double(f.normalizer().q);
    if (!(q > 0) || !std::isfinite(q)) return std::nullopt;
    return Check<T>(std::move(f), u).run(coordinates);
}

}  // namespace

std::optional<DefinitionCheck> check_in_double_double(const oracle::ChannelView& channel) {
    // Products of numbers within 2^+-200, and their errors, stay among the normal doubles.
    if (!all_within(channel, 0x1p200)) return std::nullopt;
    // No operation errs by more than 2^-103 (oracle/double_double.hpp; quotient and root, 2^-102, are few).
    auto result = check<oracle::DoubleDoubleNumber>(channel, 0x1p-102, 256, 4);
    if (result) result->arithmetic = "double-double";
    return result;
}

std::optional<DefinitionCheck> check_in_256_bits(const oracle::ChannelView& channel) {
    // Errors of 2^-200 relative to them are to be doubles.
    if (!all_within(channel, 0x1p400)) return std::nullopt;
    auto result = check<bn::Real256>(channel, 0x1p-256, 32, 2);
    if (result) result->arithmetic = "256 bits";
    return result;
}

}  // namespace bncheck::gradient
