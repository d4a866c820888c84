#pragma once

#include "bncheck/run/difference_points.hpp"

namespace bncheck::run {

/// The loosest of the classes of y at the base points of some channels, evenly spread, and at points near them: what its noise
/// is taken from. Those near are there for data whose sums are exact at the base point alone.
struct ForwardClass {
    AccuracyClass found = AccuracyClass::updating;
    bool placed = false;  ///< else y is in no class, errs by unknown amounts, and `found` is the required one
};
ForwardClass forward_class(const Question& question, const candidate::Stack& stack, std::size_t channels);

}  // namespace bncheck::run
