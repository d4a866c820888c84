#pragma once

#include <string>
#include <vector>

#include "bncheck/core/dtype.hpp"
#include "bncheck/derivation/walk/channel_data.hpp"

namespace bncheck::derivation {

/// The largest over the elements: of dx in units of |gamma| r max|dy|, of dgamma and dbeta in units of m max|dy|. Where the
/// unit is zero, so are the gradients, and a figure is 0 or, if they are not, infinite.
struct GradientErrors {
    double dx = 0, dgamma = 0, dbeta = 0;
};

/// How far one way of arranging the backward is from the truth.
struct ArrangementErrors {
    std::string name;  ///< "staged", "closed form", or the id of one of arrangements()
    GradientErrors errors;
};

/// Backwards of one channel beside each other.
struct Comparison {
    bool defined = false;             ///< there is a derivative: q = v + eps > 0 and all data finite; else nothing below is set
    bool equal_in_reference = false;  ///< none of the `reference` figures exceeds `reference_bound`
    double reference_bound = 0;       ///< derived in compare.cpp
    GradientErrors reference;         ///< |staged - closed form| in at least 256 bits
    /// Each in the working precision, from the mu, v and xhat that the forward has there, sums in the order of the indices:
    /// errors against the closed form in 256 bits; infinite where a result is not finite. First staged and closed form, then in
    /// training arrangements().
    std::vector<ArrangementErrors> working;
};

/// `working` is float32 or float64 (float32 for data of 16 bits). x and dy are as long as each other, else an error.
Comparison compare(const ChannelData& channel, Dtype working);

}  // namespace bncheck::derivation
