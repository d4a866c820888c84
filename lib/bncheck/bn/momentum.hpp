#pragma once

#include <cstdint>
#include <optional>

#include "bncheck/bn/convention.hpp"

namespace bncheck::bn {

/// 1 / s of Caffe's accumulation, s = 1 + fraction + ... + fraction^batches: what the new batch weighs after `batches` earlier
/// ones. `fraction` in [0, 1]. Computed as (1 - fraction) / (1 - fraction^(batches + 1)) in 256 bits and rounded to double.
double accumulated_weight(double fraction, std::uint64_t batches);

/// What the new batch weighs after `batches` earlier ones, where `momentum` is in the convention's meaning. Exact but for the
/// rounding of 1 - momentum, or of the accumulated weight, to double.
double new_weight(const Convention& convention, double momentum, std::uint64_t batches);

/// A case's momentum in the meaning of another convention, for the batch after `batches` earlier ones; none: cumulative
/// averaging. Where the meanings differ 1 - momentum rounds once. A constant weight has no counterpart under accumulation,
/// which gets the fraction that tends to it.
double momentum_in(const Convention& to, const Convention& from, std::optional<double> momentum, std::uint64_t batches);

/// How far a candidate's own weight may be from new_weight(), in units of the roundoff of its working precision or of double,
/// the larger: 0 where it is given its weight.
///
/// Under accumulation it has to compute 1 / s. By the recurrence s_k = fl(1 + fl(fraction s_(k-1))) an error e_k of s_k is at
/// most fraction e_(k-1) + 2u s_k, hence 2u s (1 + fraction + ...) <= 2u s^2, so that 1 / s is off by 2u, absolutely, in first
/// order, and by u w where the quotient is rounded. By the closed form (1 - fraction) / -expm1(n log(fraction)) it is off by
/// 6u w, where log is good to 0.52 ulp and expm1 to 0.91, as glibc's are: 2.1u of the argument, which -expm1 does not enlarge,
/// 1.9u of expm1, and two operations more. For w >= 8u the second order of the first adds less than u: at most 6u in all, and
/// one more for the rounding of new_weight().
double weight_roundings(const Convention& convention);

}  // namespace bncheck::bn
