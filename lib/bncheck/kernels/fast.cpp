#include "bncheck/kernels/fast.hpp"

#include <algorithm>
#include <array>

namespace bncheck::kernels {
namespace {

constexpr std::size_t lanes = 8, block = 1024;

/// Sum of term(0) .. term(n - 1).
template <class Term>
double blocked_sum(std::size_t n, Term term) {
    double total = 0;
    for (std::size_t begin = 0; begin < n; begin += block) {
        const std::size_t end = std::min(n, begin + block), whole = begin + (end - begin) / lanes * lanes;
        std::array<double, lanes> partial{};
        for (std::size_t i = begin; i < whole; i += lanes)
            for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += term(i + lane);
        for (std::size_t i = whole; i < end; ++i) partial[i - whole] += term(i);
        total +=
            ((partial[0] + partial[4]) + (partial[2] + partial[6])) + ((partial[1] + partial[5]) + (partial[3] + partial[7]));
    }
    return total;
}

}  // namespace

double sum(const std::vector<double>& terms) {
    return blocked_sum(terms.size(), [&](std::size_t i) { return terms[i]; });
}

double sum_of_products(const std::vector<double>& a, const std::vector<double>& b) {
    return blocked_sum(a.size(), [&](std::size_t i) { return a[i] * b[i]; });
}

bn::Moments<double> moments(const std::vector<double>& x) {
    const double m = static_cast<double>(x.size());
    const double first = sum(x) / m;
    const double mu = first + blocked_sum(x.size(), [&](std::size_t i) { return x[i] - first; }) / m;
    return {mu, blocked_sum(x.size(), [&](std::size_t i) { return (x[i] - mu) * (x[i] - mu); }) / m};
}

}  // namespace bncheck::kernels
