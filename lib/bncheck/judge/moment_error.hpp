#pragma once

#include "bncheck/core/accuracy_class.hpp"
#include "bncheck/core/dtype.hpp"
#include "bncheck/oracle/radius.hpp"

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

/// |computed - true| of mean and variance under a class, by its own formula; infinity where it guarantees nothing.
struct MomentError {
    double mean;         ///< eta
    double stored_mean;  ///< eta for save_mean and running_mean, where the mean is rounded to the type
    double variance;     ///< E_v
};
MomentError moment_error(AccuracyClass c, Dtype dtype, const oracle::MomentFacts& facts, double eps);

/// Height of a summation under a class: 0 where it is exact, ceil(log2 m) by halving, else (nonzero terms - 1).
double height(AccuracyClass c, bool exact, double terms, double nonzero);

}  // namespace bncheck::judge
