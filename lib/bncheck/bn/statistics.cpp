#include "bncheck/bn/statistics.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace bncheck::bn {
namespace {

template <class T>
T pairwise_sum(const T* terms, std::size_t n) {
    if (n == 1) return terms[0];
    const std::size_t half = n / 2;
    return pairwise_sum(terms, half) + pairwise_sum(terms + half, n - half);
}

template <class T>
T compensated_sum(const std::vector<T>& terms) {
    T total(0), lost(0);
    for (const T& term : terms) {
        const T next = total + term;
        lost += std::fabs(total) >= std::fabs(term) ? (total - next) + term : (term - next) + total;
        total = next;
    }
    return std::isfinite(lost) ? total + lost : total;  // once the sum overflows, what was lost is inf - inf
}

template <class T>
Moments<T> two_passes(Algorithm algorithm, const std::vector<T>& x) {
    const T m = count<T>(x.size());
    const T mu = sum_by(algorithm, x) / m;
    std::vector<T> squares(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) squares[i] = (x[i] - mu) * (x[i] - mu);
    return {mu, sum_by(algorithm, squares) / m};
}

/// E[d^2] - E[d]^2 of d = x - origin. Cancellation can leave a negative number, which is cut off at 0 as kernels do.
template <class T>
Moments<T> one_pass(const std::vector<T>& x, T origin) {
    T total(0), squares(0);
    for (const T& value : x) {
        const T d = value - origin;
        total += d;
        squares += d * d;
    }
    const T m = count<T>(x.size()), mean = total / m;
    const T variance = squares / m - mean * mean;
    return {origin + mean, variance < 0 ? T(0) : variance};
}

template <class T>
Moments<T> welford(const std::vector<T>& x) {
    T mean(0), squares(0);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const T delta = x[i] - mean;
        mean += delta / count<T>(i + 1);
        squares += delta * (x[i] - mean);
    }
    return {mean, squares / count<T>(x.size())};
}

constexpr std::array<std::pair<std::string_view, Algorithm>, 7> names{{{"two_pass", Algorithm::two_pass},
                                                                       {"textbook", Algorithm::textbook},
                                                                       {"welford", Algorithm::welford},
                                                                       {"shifted", Algorithm::shifted},
                                                                       {"pairwise", Algorithm::pairwise},
                                                                       {"compensated", Algorithm::compensated},
                                                                       {"wide", Algorithm::wide}}};

}  // namespace

std::optional<Algorithm> algorithm_from(std::string_view name) {
    for (const auto& [known, algorithm] : names)
        if (known == name) return algorithm;
    return std::nullopt;
}

std::vector<std::string> algorithm_names() {
    std::vector<std::string> list;
    for (const auto& [name, algorithm] : names) list.emplace_back(name);
    return list;
}

template <class T>
T sum_by(Algorithm algorithm, const std::vector<T>& terms) {
    if (algorithm == Algorithm::pairwise) return pairwise_sum(terms.data(), terms.size());
    if (algorithm == Algorithm::compensated) return compensated_sum(terms);
    return sum(terms);
}

template <class T>
Moments<T> moments_by(Algorithm algorithm, const std::vector<T>& x) {
    switch (algorithm) {
        case Algorithm::textbook:
            return one_pass(x, T(0));
        case Algorithm::shifted:
            return one_pass(x, x[0]);
        case Algorithm::welford:
            return welford(x);
        case Algorithm::pairwise:
        case Algorithm::compensated:
            return two_passes(algorithm, x);
        case Algorithm::two_pass:
        case Algorithm::wide:
            break;
    }
    return moments(x);
}

template float sum_by(Algorithm, const std::vector<float>&);
template double sum_by(Algorithm, const std::vector<double>&);
template Moments<float> moments_by(Algorithm, const std::vector<float>&);
template Moments<double> moments_by(Algorithm, const std::vector<double>&);

}  // namespace bncheck::bn
