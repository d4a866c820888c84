#include "support/right_kernel.hpp"

#include <cmath>
#include <limits>
#include <type_traits>

#include "support/right_sums.hpp"

namespace bncheck::test {
namespace {

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
