#pragma once

// Channels to walk the derivation with.

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "bncheck/derivation/formula/value.hpp"
#include "bncheck/derivation/walk/channel_data.hpp"

namespace bncheck::derivation {

inline constexpr double digits_of_float = 24 * 0.30102999566398120;

/// Pseudo-random in [-1, 1): a linear congruential generator (D. E. Knuth, MMIX), rounded to float.
inline std::vector<double> scattered(std::size_t size, std::uint64_t state) {
    std::vector<double> values;
    for (std::size_t i = 0; i < size; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        values.push_back(static_cast<float>(std::ldexp(static_cast<double>(state >> 11), -52) - 1));
    }
    return values;
}

/// x about `mean` with stddev 0.6, and dy that follows x and has a mean, so that none of its sums cancels.
inline ChannelData channel(std::size_t m, double mean) {
    ChannelData data;
    data.gamma = 1.25;
    data.beta = -0.5;
    data.eps = 1e-5;
    data.x = scattered(m, 1);
    const std::vector<double> other = scattered(m, 2);
    for (std::size_t i = 0; i < m; ++i) {
        data.dy.push_back(static_cast<float>(data.x[i] + other[i] + 0.5));
        data.x[i] = static_cast<float>(data.x[i] + mean);
    }
    return data;
}

/// The data in numbers of type N, as formulas take them.
template <class N>
Quantities<N> data_of(const ChannelData& data, const std::function<N(double)>& number) {
    const auto all = [&](const std::vector<double>& values) {
        std::vector<N> result;
        for (const double value : values) result.push_back(number(value));
        return for_every_index(std::move(result));
    };
    Quantities<N> z;
    z.m = data.x.size();
    z.values["m"] = one_number(number(static_cast<double>(z.m)));
    z.values["x"] = all(data.x);
    z.values["dy"] = all(data.dy);
    z.values["gamma"] = one_number(number(data.gamma));
    z.values["beta"] = one_number(number(data.beta));
    z.values["eps"] = one_number(number(data.eps));
    return z;
}

}  // namespace bncheck::derivation
