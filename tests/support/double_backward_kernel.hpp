#pragma once

#include "support/right_kernel.hpp"

// The double backward as the field writes it, in every way of summing and every arrangement: all of it right.
namespace bncheck::test {

enum class SecondArrangement {
    closed_u,     ///< xhat B + s_g P(u) + s_u P(g) with B = mean(u P(g))
    closed_g,     ///< B = mean(g P(u))
    difference,   ///< B = mean(u g) - mean u mean g - s_u s_g
    centred,      ///< xhat (mean(u g) - mean u mean g - 3 s_u s_g) + s_g (u - mean u) + s_u (g - mean g), powers of r, x - mu
    scaled_by_m,  ///< the same on sums: gamma r / m (m u - sum u - ...), 3 / m of a product of sums
    staged,       ///< the chain rule node by node through the staged backward
};
inline constexpr std::size_t second_arrangements = 6;
std::string_view name_of(SecondArrangement arrangement);

struct SecondInput {
    bool training = true;
    std::span<const double> x, dy, ddx;
    double eps = 0, gamma = 1, ddgamma = 0, ddbeta = 0, running_mean = 0, running_var = 0;
};

struct SecondOutput {
    std::vector<double> gdy, gx;
    double ggamma;
};

/// Everything computed in T (float or double), but for Sums::wide in twice the precision.
template <class T>
SecondOutput run_double_backward(const Way& way, SecondArrangement arrangement, const SecondInput& input);

}  // namespace bncheck::test
