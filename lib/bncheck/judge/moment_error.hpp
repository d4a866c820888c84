#pragma once

#include <vector>

#include "bncheck/core/accuracy_class.hpp"
#include "bncheck/core/dtype.hpp"

namespace bncheck::judge {

/// The precisions of one class on data of one type (design section 4).
struct Precision {
    double u;        ///< unit roundoff of the statistics' arithmetic; that of twice the precision under `rounded`
    double U;        ///< of twice the precision: 2^-53 for float32 statistics, 2^-106 for float64
    double lambda;   ///< smallest subnormal of the statistics' type
    double largest;  ///< of the statistics' type
};
Precision precision_of(AccuracyClass c, Dtype dtype);

/// gamma_k = k u / (1 - k u) (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", lemma 3.1), infinity for k u
/// >= 1.
double gamma_k(double k, double u);

/// Whether the sum of the terms is exact in any order in a precision of p bits: all are multiples of one power of two 2^e,
/// and the sum of their magnitudes is at most 2^(e + p), so that every partial sum is a p-bit multiple of 2^e.
bool sums_exactly(const std::vector<double>& terms, int p);

/// What the moments' error depends on, for the values of one channel.
struct MomentFacts {
    double m, mu, v;
    double mean_abs, max_abs, mean_square;
    double max_deviation;  ///< max |x - mu|
    double nonzero;        ///< terms that are not zero
    bool exact_sum;        ///< sum x is exact in any order
    bool exact_squares;    ///< mu and every (x - mu)^2 are representable and their sum is exact in any order
};
MomentFacts moment_facts(const std::vector<double>& x, double mu, bool mu_is_exact, double v, Dtype dtype);

/// |computed - true| of mean and variance under a class, by its own formula; infinity where it guarantees nothing.
struct MomentError {
    double mean;         ///< eta
    double stored_mean;  ///< eta for save_mean and running_mean, where the mean is rounded to the type
    double variance;     ///< E_v
};
MomentError moment_error(AccuracyClass c, Dtype dtype, const MomentFacts& facts, double eps);

/// Height of a summation under a class: 0 where it is exact, ceil(log2 m) by halving, else (nonzero terms - 1).
double height(AccuracyClass c, bool exact, double terms, double nonzero);

}  // namespace bncheck::judge
