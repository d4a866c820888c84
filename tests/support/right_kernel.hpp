#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "bncheck/core/accuracy_class.hpp"

// Batch normalization as the field writes it: every way of summing, every arrangement of the formulas, in float or double. All
// of it is right, and none of it may ever leave its accuracy class.
namespace bncheck::test {

/// How mean, variance and the sums of the backward are computed.
enum class Sums {
    two_pass,     ///< in order
    lanes,        ///< two passes in 32 interleaved accumulators, as vectorised loops do
    blocks,       ///< two passes by halving down to blocks of 128 in 8 accumulators, as numpy does
    pairwise,     ///< two passes by halving
    compensated,  ///< two passes, Neumaier
    welford,      ///< updating, one value at a time
    chan,         ///< updating: blocks of 16 merged (T. F. Chan, G. H. Golub, R. J. LeVeque, COMPSTAT 1982)
    shifted,      ///< one pass on x - x[0]
    textbook,     ///< one pass, E[x^2] - E[x]^2
    wide,         ///< twice the precision, the mean unrounded when it is subtracted
};
inline constexpr std::size_t sums_count = 10;
std::string_view name_of(Sums sums);
AccuracyClass class_of(Sums sums);

enum class Forward {
    xhat_first,         ///< ((x - mu) r) gamma + beta
    affine,             ///< x alpha + (beta - mu alpha), alpha = gamma r
    scaled_difference,  ///< (x - mu) (gamma r) + beta
};
enum class Backward {
    closed_form,  ///< gamma r (dy - mean dy - xhat c)
    scaled_by_m,  ///< gamma r / m (m dy - dbeta - xhat dgamma)
    staged,       ///< the chain rule node by node
    k_form,       ///< (dy - mean dy - (x - mu) k) r gamma, k = (sum dy (x - mu)) r^2 / m
    folded,       ///< A dy + B x + C
    paper,        ///< Ioffe and Szegedy's: gamma dy inside the sums, that of x - mu kept
    scaled_dy,    ///< r / m (m dxhat - sum dxhat - xhat sum dxhat xhat), dxhat = gamma dy
};
inline constexpr std::size_t forwards = 3, backwards = 7;

/// Which of the ways a kernel goes.
struct Way {
    Sums sums;
    bool reciprocal_m = false;  ///< 1/m as a factor
    double root_ulps = 0;       ///< r is off by so many units in the last place (approximate reciprocal square roots)
};

struct KernelInput {
    bool training = true;
    std::span<const double> x, dy;  ///< float data for float kernels
    double eps = 0, gamma = 1, beta = 0, running_mean = 0, running_var = 0, weight = 0;
    bool unbiased = true;
};

struct KernelOutput {
    double save_mean, save_invstd, save_var, running_mean, running_var, dbeta, dgamma;
    std::vector<double> y[forwards], dx[backwards];  ///< by arrangement
};

/// Everything computed in T (float or double), but for Sums::wide in twice the precision.
template <class T>
KernelOutput run_kernel(const Way& way, const KernelInput& input);

}  // namespace bncheck::test
