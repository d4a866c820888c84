#pragma once

// One channel's data, in any number type.

#include <cstddef>
#include <vector>

#include "bncheck/bn/definition.hpp"
#include "bncheck/bn/double_backward.hpp"

namespace bncheck::derivation {

/// What the quantities are functions of.
enum class Setting {
    training,        ///< mu and v are those of x
    without_affine,  ///< training with gamma = 1, beta = 0, and no derivatives by them
    inference,       ///< mu and v are given, constants
};

template <class T>
struct Point {
    std::vector<T> x, dy;    ///< of equal size m >= 1
    T gamma, beta, eps;      ///< q = v + eps > 0
    bn::Moments<T> running;  ///< of inference; before the update in training
    T weight;                ///< of the new batch in the running statistics
    bn::SecondSeeds<T> seeds;
    std::vector<std::size_t> same_as;  ///< the first index with the same x, dy and ddx: everything with an index is equal there
};

}  // namespace bncheck::derivation
