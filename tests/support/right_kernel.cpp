#include "support/right_kernel.hpp"

#include <quadmath.h>

#include <cmath>
#include <limits>
#include <type_traits>

namespace bncheck::test {
namespace {

float root(float q) { return std::sqrt(q); }
double root(double q) { return std::sqrt(q); }
__float128 root(__float128 q) { return sqrtq(q); }

template <class T, class Term>
T halved(std::size_t begin, std::size_t end, std::size_t leaf, const Term& term) {
    if (end - begin <= leaf) {
        if (leaf < 8) {
            T total = 0;
            for (std::size_t i = begin; i < end; ++i) total = total + term(i);
            return total;
        }
        T lane[8] = {};
        for (std::size_t i = begin; i < end; ++i) lane[(i - begin) % 8] = lane[(i - begin) % 8] + term(i);
        return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    }
    const std::size_t middle = begin + (end - begin) / 2;
    return halved<T>(begin, middle, leaf, term) + halved<T>(middle, end, leaf, term);
}

/// sum term(0) + ... + term(m - 1)
template <class T, class Term>
T total_of(Sums sums, std::size_t m, const Term& term) {
    switch (sums) {
        case Sums::pairwise:
            return halved<T>(0, m, 1, term);
        case Sums::blocks:
            return halved<T>(0, m, 128, term);
        case Sums::lanes: {
            T lane[32] = {}, total = 0;
            for (std::size_t i = 0; i < m; ++i) lane[i % 32] = lane[i % 32] + term(i);
            for (T value : lane) total = total + value;
            return total;
        }
        case Sums::compensated: {
            T total = 0, rest = 0;
            for (std::size_t i = 0; i < m; ++i) {
                const T value = term(i), next = total + value;
                const bool larger = (total < 0 ? -total : total) >= (value < 0 ? -value : value);
                rest = rest + (larger ? (total - next) + value : (value - next) + total);
                total = next;
            }
            return total + rest;
        }
        default: {
            T total = 0;
            for (std::size_t i = 0; i < m; ++i) total = total + term(i);
            return total;
        }
    }
}

template <class T>
struct Moments {
    T mean, variance;
};

/// Count, mean and sum of squared deviations, updated or merged.
template <class T>
struct Updated {
    T n = 0, mean = 0, squares = 0;
    void add(T x) {
        n = n + 1;
        const T delta = x - mean;
        mean = mean + delta / n;
        squares = squares + delta * (x - mean);
    }
    void merge(const Updated& o) {
        if (n == 0) {
            *this = o;
            return;
        }
        const T all = n + o.n, delta = o.mean - mean;
        mean = mean + delta * (o.n / all);
        squares = squares + o.squares + delta * delta * (n * o.n / all);
        n = all;
    }
};

/// Divides by m, one way or the other.
template <class T>
struct ByCount {
    T m, factor;
    bool reciprocal;
    ByCount(std::size_t count, bool by_factor) : m(static_cast<T>(count)), factor(T(1) / m), reciprocal(by_factor) {}
    T operator()(T total) const { return reciprocal ? total * factor : total / m; }
};

template <class T>
Moments<T> moments(const Way& way, const std::vector<T>& x) {
    const ByCount<T> over_m(x.size(), way.reciprocal_m);
    switch (way.sums) {
        case Sums::welford: {
            Updated<T> all;
            for (T value : x) all.add(value);
            return {all.mean, over_m(all.squares)};
        }
        case Sums::chan: {
            Updated<T> all;
            for (std::size_t i = 0; i < x.size(); i += 16) {
                Updated<T> block;
                for (std::size_t k = i; k < std::min(x.size(), i + 16); ++k) block.add(x[k]);
                all.merge(block);
            }
            return {all.mean, over_m(all.squares)};
        }
        case Sums::shifted: {
            T total = 0, squares = 0;
            for (T value : x) {
                const T d = value - x[0];
                total = total + d;
                squares = squares + d * d;
            }
            const T mean = over_m(total), v = over_m(squares) - mean * mean;
            return {x[0] + mean, v < 0 ? T(0) : v};
        }
        case Sums::textbook: {
            T total = 0, squares = 0;
            for (T value : x) {
                total = total + value;
                squares = squares + value * value;
            }
            const T mean = over_m(total), v = over_m(squares) - mean * mean;
            return {mean, v < 0 ? T(0) : v};
        }
        default: {
            const T mean = over_m(total_of<T>(way.sums, x.size(), [&](std::size_t i) { return x[i]; }));
            const T squares = total_of<T>(way.sums, x.size(), [&](std::size_t i) {
                const T d = x[i] - mean;
                return d * d;
            });
            return {mean, over_m(squares)};
        }
    }
}

template <class T>
std::vector<T> cast(std::span<const double> values) {
    std::vector<T> result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) result[i] = static_cast<T>(values[i]);
    return result;
}

/// W is the type of the arithmetic, T of what is stored.
template <class W, class T>
KernelOutput run_in(const Way& way, const KernelInput& in) {
    const std::vector<W> x = cast<W>(in.x), dy = cast<W>(in.dy);
    const std::size_t m = x.size();
    const ByCount<W> over_m(m, way.reciprocal_m);
    const Moments<W> batch =
        in.training ? moments(way, x) : Moments<W>{static_cast<W>(in.running_mean), static_cast<W>(in.running_var)};
    const W mu = batch.mean, gamma = static_cast<W>(in.gamma), beta = static_cast<W>(in.beta);
    const W eps = static_cast<W>(static_cast<T>(in.eps));
    W r = W(1) / root(batch.variance + eps);
    r = r + r * static_cast<W>(way.root_ulps * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2);
    KernelOutput out{};
    const auto stored = [](W value) { return static_cast<double>(static_cast<T>(value)); };
    out.save_mean = stored(mu);
    out.save_invstd = stored(r);
    out.save_var = stored(batch.variance);
    const W weight = static_cast<W>(static_cast<T>(in.weight)), count = static_cast<W>(m);
    const W fresh = in.unbiased && m > 1 ? batch.variance * count / (count - 1) : batch.variance;
    out.running_mean = stored((W(1) - weight) * static_cast<W>(in.running_mean) + weight * mu);
    out.running_var = stored((W(1) - weight) * static_cast<W>(in.running_var) + weight * fresh);

    std::vector<W> xhat(m);
    for (std::size_t i = 0; i < m; ++i) xhat[i] = (x[i] - mu) * r;
    const W alpha = gamma * r, shift = beta - mu * alpha;
    for (std::size_t f = 0; f < forwards; ++f) out.y[f].resize(m);
    for (std::size_t i = 0; i < m; ++i) {
        out.y[0][i] = stored(xhat[i] * gamma + beta);
        out.y[1][i] = stored(x[i] * alpha + shift);
        out.y[2][i] = stored((x[i] - mu) * alpha + beta);
    }
    if (dy.empty()) return out;

    const W dbeta = total_of<W>(way.sums, m, [&](std::size_t i) { return dy[i]; });
    const W dgamma = total_of<W>(way.sums, m, [&](std::size_t i) { return dy[i] * xhat[i]; });
    const W dotp = total_of<W>(way.sums, m, [&](std::size_t i) { return dy[i] * (x[i] - mu); });
    out.dbeta = stored(dbeta);
    out.dgamma = stored(dgamma);
    for (std::size_t b = 0; b < backwards; ++b) out.dx[b].resize(m);
    if (!in.training) {
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t b = 0; b < backwards; ++b) out.dx[b][i] = stored(b % 2 ? dy[i] * gamma * r : alpha * dy[i]);
        return out;
    }
    const W mean_dy = over_m(dbeta), c = over_m(dgamma), k = over_m(dotp) * r * r;
    // Staged: r, q, v, then the mean.
    const W dr = gamma * dotp, dv = W(0) - W(0.5) * dr * r * r * r, per_value = over_m(W(2) * dv);
    const W dmu = W(0) - total_of<W>(way.sums, m, [&](std::size_t i) { return gamma * dy[i] * r + (x[i] - mu) * per_value; });
    const W mean_dmu = over_m(dmu);
    // Folded: dx = A dy + B x + C.
    const W B = W(0) - alpha * k, C = W(0) - alpha * mean_dy - B * mu;
    // The paper's, and that of dxhat.
    const W dv_paper =
        total_of<W>(way.sums, m, [&](std::size_t i) { return dy[i] * gamma * (x[i] - mu); }) * W(-0.5) * r * r * r;
    const W minus_deviations = total_of<W>(way.sums, m, [&](std::size_t i) { return W(-2) * (x[i] - mu); });
    const W sum_dxhat = total_of<W>(way.sums, m, [&](std::size_t i) { return dy[i] * gamma; });
    const W sum_dxhat_xhat = total_of<W>(way.sums, m, [&](std::size_t i) { return dy[i] * gamma * xhat[i]; });
    const W dmu_paper = (W(0) - sum_dxhat) * r + dv_paper * over_m(minus_deviations);
    for (std::size_t i = 0; i < m; ++i) {
        const W dxhat = dy[i] * gamma;
        out.dx[5][i] = stored(dxhat * r + over_m(dv_paper * W(2) * (x[i] - mu)) + over_m(dmu_paper));
        out.dx[6][i] = stored(over_m(r) * (count * dxhat - sum_dxhat - xhat[i] * sum_dxhat_xhat));
        out.dx[0][i] = stored(alpha * (dy[i] - mean_dy - xhat[i] * c));
        out.dx[1][i] = stored(over_m(alpha) * (count * dy[i] - dbeta - xhat[i] * dgamma));
        out.dx[2][i] = stored(gamma * dy[i] * r + (x[i] - mu) * per_value + mean_dmu);
        out.dx[3][i] = stored((dy[i] - mean_dy - (x[i] - mu) * k) * r * gamma);
        out.dx[4][i] = stored(alpha * dy[i] + B * x[i] + C);
    }
    return out;
}

}  // namespace

std::string_view name_of(Sums sums) {
    static constexpr std::string_view names[] = {"two_pass", "lanes", "blocks",  "pairwise", "compensated",
                                                 "welford",  "chan",  "shifted", "textbook", "wide"};
    return names[static_cast<std::size_t>(sums)];
}

AccuracyClass class_of(Sums sums) {
    switch (sums) {
        case Sums::pairwise:
            return AccuracyClass::pairwise;
        case Sums::two_pass:
        case Sums::lanes:
        case Sums::blocks:
        case Sums::compensated:
            return AccuracyClass::sequential;
        case Sums::welford:
        case Sums::chan:
            return AccuracyClass::updating;
        case Sums::shifted:
            return AccuracyClass::shifted;
        case Sums::textbook:
            return AccuracyClass::textbook;
        case Sums::wide:
            return AccuracyClass::wide;
    }
    return AccuracyClass::textbook;
}

template <class T>
KernelOutput run_kernel(const Way& way, const KernelInput& input) {
    using Wide = std::conditional_t<std::is_same_v<T, float>, double, __float128>;
    return way.sums == Sums::wide ? run_in<Wide, T>(way, input) : run_in<T, T>(way, input);
}

template KernelOutput run_kernel<float>(const Way&, const KernelInput&);
template KernelOutput run_kernel<double>(const Way&, const KernelInput&);

}  // namespace bncheck::test
