#pragma once

#include <cstddef>

// The entries beside the diagonal, which nearly all pass, many at a time.
namespace bncheck::gradient {

/// What the entries of one column of differences (gradient/forward_columns.cpp) have in common, i != j: numeric = w1 D1 + w2
/// D2, D = (above - below) per_gap; analytic = scale (dv - xhat c).
struct ColumnLimits {
    double per_gap[2], weight[2];
    double scale, dv, c, abs_c, c_error, rho;
    double xhat_error_a, xhat_error_b;
    double certain_a, certain_b;  ///< truncation: certain_a + certain_b |xhat|
    double noise_a, noise_b;      ///< of the numeric value: noise_a + noise_b |xhat|
    double terms_a, terms_b;      ///< what is decided is below terms_a + terms_b |xhat|
    double outwards;
};

/// The first i from `begin` on whose entry does not pass, or whose error is more than `ratio` of what is estimated, or one of
/// its neighbours in a vector; `end` if there is none. S is float or double. `max_abs` grows to the largest error met.
template <class S>
std::size_t first_open(const ColumnLimits& limits, const double* xhat, const S* const above[2], const S* const below[2],
                       std::size_t begin, std::size_t end, double ratio, double& max_abs);

/// The same of a row (gradient/unit_rows.cpp): got beside scale (-mean - xhat c), within bound_a + bound_b |xhat| + bound_c
/// |w|.
struct RowLimits {
    double scale, mean, c, abs_c, c_error, rho;
    double xhat_error_a, xhat_error_b;
    double bound_a, bound_b, bound_c;
    double outwards;
};
template <class S>
std::size_t first_open(const RowLimits& limits, const double* xhat, const S* got, std::size_t begin, std::size_t end,
                       double ratio, double& max_abs);

}  // namespace bncheck::gradient
