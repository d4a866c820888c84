#pragma once

#include "bncheck/judge/moment_error.hpp"
#include "bncheck/oracle/double_level.hpp"

namespace bncheck::judge {

/// Every bound has fewer than 128 roundings of nonnegative terms, each of at most 2^-53: this makes it an upper bound.
inline constexpr double upwards = 1 + 0x1p-46;

/// Infinity for NaN: nothing is guaranteed.
double or_infinity(double bound);

/// Sizes of a channel's numbers: upper bounds, but of q a lower one.
struct ChannelSizes {
    double m, mu, q, r;    ///< |mu|
    double gamma, root_q;  ///< |gamma|; sqrt(q) = 1 / r
};
ChannelSizes sizes_of(const oracle::ChannelView& channel, const oracle::ChannelFacts& facts);

/// By how much what every output is made of may be off under one class, in any arrangement of the formulas.
struct ClassTerms {
    Precision p;
    bool wide;        ///< rounded or wide
    double rounding;  ///< under `rounded` what is granted beside the last rounding
    double eta, stored_eta, variance;
    double rho;           ///< relative error of r
    oracle::Linear xhat;  ///< a + b |xhat|
    double mean_dy_error, c_error, dbeta_error;
    double dx_c_error;  ///< of c where gamma is within its sum
};
/// The channel's dy may be absent; what depends on it is then 0.
ClassTerms class_terms(AccuracyClass c, const oracle::ChannelView& channel, const oracle::ChannelFacts& facts,
                       const ChannelSizes& sizes, Dtype dtype, bool flushes);

/// A value is rounded once more where it is stored in a type: by u_out |value| + lambda. Under `rounded` this is all that is
/// granted, and twice: 2.02 more.
struct Storing {
    Storing(Dtype dtype, bool flushes);
    double u_out, lambda;
    double error(const ClassTerms& t, double value) const;
};

}  // namespace bncheck::judge
