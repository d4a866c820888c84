#pragma once

#include "bncheck/gradient/backward_columns.hpp"
#include "bncheck/run/difference_points.hpp"

namespace bncheck::run {

/// What differences of the candidate's own backward say of its second derivatives: of dx by x (gx), of dgamma by x (ggamma), of
/// dx by dy (gdy). The columns and directions of the sample and half its rows, with
/// the case's dy.
struct BackwardDifferences {
    judge::EntryFindings gx, ggamma, gdy;
    AccuracyClass of_backward = AccuracyClass::updating;  ///< that dx was found to be of at base points and near them
};
/// `has_dgamma`: the candidate provides it.
BackwardDifferences backward_differences(const Question& question, const candidate::Stack& stack, const Sample& sample,
                                         bool has_dgamma);

}  // namespace bncheck::run
