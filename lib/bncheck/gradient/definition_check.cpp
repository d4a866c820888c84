#include "bncheck/gradient/definition_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/double_backward.hpp"
#include "bncheck/bn/real.hpp"
#include "bncheck/gradient/derivative_comparison.hpp"
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
    /// 0, ..., size - 1: coordinates of x; then gamma and beta.
    T& variable(std::size_t which) { return which < x.size() ? x[which] : which == x.size() ? gamma : beta; }
    Function<bn::Dual<T>> lifted() const {
        using gradient::lifted;
        return {training,     lifted(x),   lifted(dy),           lifted(gamma),
                lifted(beta), lifted(eps), lifted(running_mean), lifted(running_var)};
    }
};

/// L = <ddx, dx> + ddgamma dgamma + ddbeta dbeta.
template <class T>
struct SecondFunction {
    Function<T> first;
    std::vector<T> ddx;
    T ddgamma, ddbeta;

    T value() const {
        const bn::Normalizer<T> n = first.normalizer();
        const std::vector<T> xhat = bn::normalized(first.x, n);
        const bn::Gradients<T> g = first.training ? bn::closed_form_backward(first.dy, xhat, first.gamma, n.r)
                                                  : bn::inference_backward(first.dy, xhat, first.gamma, n.r);
        return bn::sum_of_products(ddx, g.dx) + ddgamma * g.dgamma + ddbeta * g.dbeta;
    }
    /// Coordinates of x; then those of dy; then gamma.
    T& variable(std::size_t which) {
        const std::size_t m = first.x.size();
        return which < m ? first.x[which] : which < 2 * m ? first.dy[which - m] : first.gamma;
    }
    SecondFunction<bn::Dual<T>> lifted() const {
        using gradient::lifted;
        return {first.lifted(), lifted(ddx), lifted(ddgamma), lifted(ddbeta)};
    }
};

void add(DefinitionCheck& result, EntryFindings& findings, const Compared& compared, std::size_t i) {
    ++findings.entries;
    findings.evaluations += 2 * most_steps;
    findings.failed += compared.fails;
    findings.max_abs = std::max(findings.max_abs, compared.entry.error);
    Entry entry = compared.entry;
    entry.i = i;
    findings.consider(entry, compared.fails);
    result.digits = std::min(result.digits, compared.digits);
    result.dual_digits = std::min(result.dual_digits, compared.dual_digits);
}

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
        // The closed form, and the dual numbers, round as often as a value of L does.
        const auto rounding = [&](double size) { return 4 * rounding_ * size * std::sqrt(m); };
        // |dy_i| + mean|dy| + |xhat_i| mean|dy xhat|, |xhat_i| <= sqrt(m).
        const double of_x = gamma * r_ * (most_dy_ + sum_ / m + products_ / std::sqrt(m));
        if (which < f_.x.size()) return {of_x, 1 / r_, noise_, rounding(of_x)};
        // L is linear in gamma and beta, of which a step of 1 changes it by dgamma or dbeta.
        if (which == f_.x.size()) return {products_, 1, noise_ + rounding_ * (products_ + sum_), rounding(products_)};
        return {sum_, 1, noise_ + rounding_ * sum_, rounding(sum_)};
    }

    void compare(std::size_t which, const T& closed, EntryFindings& findings, DefinitionCheck& result) {
        const Scales s = scales(which);
        if (s.usable())
            add(result, findings, compare_derivative(f_, which, closed, s), which < f_.x.size() ? which : 0);
        else
            ++findings.entries, findings.inconclusive += s.size != 0;  // gamma = 0, or dy = 0: there is nothing to differ
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
std::optional<Function<T>> function_of(const oracle::ChannelView& c, std::size_t most) {
    Function<T> f{c.training, {}, {}, T(c.gamma), T(c.beta), T(c.eps), T(c.running_mean), T(c.running_var)};
    for (std::size_t i = 0; i < std::min(most, c.dy.size()); ++i) {
        f.x.push_back(T(c.x.back()[i]));
        f.dy.push_back(T(c.dy[i]));
    }
    const double q = to_double(f.normalizer().q);
    if (!(q > 0) || !std::isfinite(q)) return std::nullopt;
    return f;
}

template <class T>
std::optional<DefinitionCheck> check(const oracle::ChannelView& c, double u, std::size_t most, std::size_t coordinates) {
    std::optional<Function<T>> f = function_of<T>(c, most);
    if (!f) return std::nullopt;
    return Check<T>(std::move(*f), u).run(coordinates);
}

/// Sizes by which second derivatives are measured: those of dx = gamma r (dy - mean dy - xhat s), |xhat| <= sqrt(m), times
/// those of ddx, and one r more by x.
template <class T>
DefinitionCheck second_order(const SecondFunction<T>& f, double u, std::size_t coordinates) {
    const bn::Normalizer<T> n = f.first.normalizer();
    const std::vector<T> xhat = bn::normalized(f.first.x, n);
    const bn::SecondSeeds<T> seeds{f.ddx, f.ddgamma, f.ddbeta};
    const bn::SecondGradients<T> closed = f.first.training
                                              ? bn::double_backward(seeds, f.first.dy, xhat, f.first.gamma, n.r)
                                              : bn::inference_double_backward(seeds, f.first.dy, xhat, f.first.gamma, n.r);
    const double m = static_cast<double>(xhat.size()), r = to_double(n.r), gamma = std::fabs(to_double(f.first.gamma));
    const double ddgamma = std::fabs(to_double(f.ddgamma)), ddbeta = std::fabs(to_double(f.ddbeta));
    double dy = 0, ddx = 0, far = 0, largest = std::fabs(to_double(n.mu));
    for (std::size_t i = 0; i < xhat.size(); ++i) {
        dy = std::max(dy, std::fabs(to_double(f.first.dy[i])));
        ddx = std::max(ddx, std::fabs(to_double(f.ddx[i])));
        far = std::max(far, std::fabs(to_double(xhat[i])));
        largest = std::max(largest, std::fabs(to_double(f.first.x[i])));
    }
    const double rounding = u * (m + 10) * (1 + largest * r), bracket = 2 + far * (1 + far);
    const double of_ddx = ddx * bracket * bracket, of_ddgamma = ddgamma * (1 + far);
    const double noise = rounding * m * dy * (gamma * r * of_ddx + of_ddgamma + ddbeta);
    const auto scales = [&](double size, double length) { return Scales{size, length, noise, 8 * rounding * m * size}; };
    DefinitionCheck result;
    result.values = xhat.size();
    result.coordinates = std::min(coordinates, xhat.size());
    result.digits = result.dual_digits = 1000;
    const auto compare = [&](EntryFindings& findings, std::size_t which, const T& closed_form, const Scales& s, std::size_t i) {
        if (s.usable()) add(result, findings, compare_derivative(f, which, closed_form, s), i);
    };
    for (std::size_t k = 0; k < result.coordinates; ++k) {
        const std::size_t i = k * xhat.size() / result.coordinates;
        const double by_x = dy * bracket * r * (gamma * r * of_ddx + of_ddgamma),
                     by_dy = gamma * r * of_ddx + of_ddgamma + ddbeta;
        compare(result.dx, i, closed.gx[i], scales(by_x, 1 / r), i);
        compare(result.dbeta, xhat.size() + i, closed.gdy[i], scales(by_dy, dy), i);
    }
    compare(result.dgamma, 2 * xhat.size(), closed.ggamma, scales(m * dy * r * of_ddx, 1), 0);
    return result;
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

std::optional<DefinitionCheck> check_second_order(const oracle::ChannelView& channel, const SecondSeeds& seeds) {
    oracle::ChannelView with_ddx = channel;
    with_ddx.dy = seeds.ddx;
    const auto fits = [](double value) { return value == 0 || (std::fabs(value) > 0x1p-400 && std::fabs(value) < 0x1p400); };
    if (!all_within(channel, 0x1p400) || !all_within(with_ddx, 0x1p400) || !fits(seeds.ddgamma) || !fits(seeds.ddbeta))
        return std::nullopt;
    using T = bn::Real256;
    constexpr std::size_t most = 32;
    const std::optional<Function<T>> first = function_of<T>(channel, most);
    if (!first) return std::nullopt;
    SecondFunction<T> f{*first, {}, T(seeds.ddgamma), T(seeds.ddbeta)};
    for (std::size_t i = 0; i < first->x.size(); ++i) f.ddx.push_back(T(seeds.ddx[i]));
    DefinitionCheck result = second_order(f, 0x1p-256, 2);
    result.arithmetic = "256 bits";
    return result;
}

std::string sample_text(const DefinitionCheck& check, std::size_t channel) {
    return fmt::format(
        "{}: {} values of channel {}, {} columns; differences agree with dual numbers to {:.0f} digits, the closed form to "
        "{:.0f}",
        check.arithmetic, check.values, channel, check.coordinates, std::min(check.digits, 77.0),
        std::min(check.dual_digits, 77.0));
}

}  // namespace bncheck::gradient
