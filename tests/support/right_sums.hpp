#pragma once

// The sums of right kernels, in every way that the field has.

#include <quadmath.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "support/right_kernel.hpp"

namespace bncheck::test {

inline float root(float q) { return std::sqrt(q); }
inline double root(double q) { return std::sqrt(q); }
inline __float128 root(__float128 q) { return sqrtq(q); }

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

}  // namespace bncheck::test
