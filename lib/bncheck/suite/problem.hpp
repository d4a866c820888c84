#pragma once

#include <map>
#include <span>
#include <string>

#include "bncheck/core/tensor.hpp"
#include "bncheck/suite/case.hpp"

namespace bncheck::suite {

using Tensors = std::map<std::string, Tensor>;

/// The inputs of a case: x, dy, gamma and beta (affine), running_mean and running_var (running); of the double backward ddx,
/// ddgamma and ddbeta (affine). x is fresh in each of a
/// case's steps; the others are the same, and a dy that follows x follows that of the last step, whose backward it is. Bits
/// depend on suite, case, tensor, channel, index and seed alone, so that channels can be made one by one, in any order and on
/// any thread.
class Problem {
public:
    /// Reads (maps) the case's files. With `other_dy` = 1, 2, ... dy is another one than the case's: standard normal, of a
    /// stream of its own.
    explicit Problem(const Case& c, std::size_t other_dy = 0);

    /// The m values of one channel of "x", "dy" or "ddx" in the order of Shape, rounded to the case's type. S is float (for all
    /// but float64) or double.
    template <class S>
    void channel(const std::string& tensor, std::size_t step, std::size_t channel, std::span<S> values) const;

    const Tensors& per_channel() const { return per_channel_; }  ///< gamma, beta, running_mean, running_var: [C]

    const Tensors& per_channel_seeds() const { return per_channel_seeds_; }  ///< ddgamma, ddbeta: [C]

    Tensors tensors(std::size_t step) const;  ///< all but those of the double backward, whole
    Tensors seeds() const;                    ///< those of the double backward, whole

private:
    Tensor whole(const std::string& tensor, std::size_t step) const;

    const Case& c_;
    std::size_t other_dy_;
    Tensors stored_;  ///< x, dy and ddx where the case gives their values or a file
    Tensors per_channel_, per_channel_seeds_;
};

/// Problem(c).tensors(step).
Tensors generate(const Case& c, std::size_t step = 0);

}  // namespace bncheck::suite
