#pragma once

#include "bncheck/core/accuracy_class.hpp"
#include "bncheck/core/dtype.hpp"
#include "bncheck/oracle/radius.hpp"

namespace bncheck::judge {

/// The arithmetic of one class on data of one type (design section 4): fl(a op b) = (a op b)(1 + delta) + epsilon, |delta| <=
/// u, and |epsilon| <= lambda where the result underflows (N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd
/// ed., equation 2.8).
struct Precision {
    double u;  ///< unit roundoff of the statistics' type; that of twice the precision under `rounded`
    double U;  ///< of twice the precision: 2^-53 for float32 statistics, 2^-106 for float64
    double
        lambda;  ///< smallest subnormal of the statistics' type; smallest normal where results flush to zero; 0 under `rounded`
    double largest;  ///< of the statistics' type
    bool flushes;    ///< then additions underflow too, and subnormal inputs count as zero
};
Precision precision_of(AccuracyClass c, Dtype dtype, bool flushes);

/// gamma_k = k u / (1 - k u) (Higham, lemma 3.1: what k factors 1 + delta amount to), infinity for k u >= 1.
double gamma_k(double k, double u);

/// |computed - true| of mean and variance under a class, by its own formula; infinity where it guarantees nothing.
struct MomentError {
    double mean;         ///< eta
    double stored_mean;  ///< eta for save_mean and running_mean, where the mean is rounded to the type
    double variance;     ///< E_v
};
MomentError moment_error(AccuracyClass c, Dtype dtype, const oracle::MomentFacts& facts, double eps, bool flushes);

/// Height of a summation under a class: 0 where it is exact, ceil(log2 m) by halving, else (nonzero terms - 1). A sum errs by
/// gamma_height times the sum of its terms' magnitudes (Higham, equations 4.3 and 4.6).
double height(AccuracyClass c, bool exact, double terms, double nonzero);

}  // namespace bncheck::judge
