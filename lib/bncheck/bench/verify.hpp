#pragma once

#include <string>
#include <vector>

#include "bncheck/bench/measure.hpp"

// How long a whole verification takes: generate the data, run builtin:fast on them, gather the facts, take the truth from the
// filtered oracle, compare, and give every verdict. Everything is run::run_case, as `run` has it.
namespace bncheck::bench {

/// One shape, one pass. Rates in elements a second.
struct VerifyRow {
    Shape shape;
    std::string pass;  ///< forward, backward
    Spread rate;
    Spread copy;        ///< of a plain copy of as many floats by as many threads, in the same rounds
    double exact_rate;  ///< with `--reference mpfr256`, on a sample of the channels
};

/// The nine convolution shapes of ResNet-50 (K. He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, table 1).
std::vector<Shape> resnet_shapes(std::size_t batch);

/// Rounds of copy, forward and backward, interleaved, so that a noisy machine bears on all alike.
std::vector<VerifyRow> bench_verify(const std::vector<Shape>& shapes, std::size_t rounds, const Progress& progress);

/// One size of a sweep over the number of elements: forward and backward in one run of shape [16, C, 25, 25]; the median of
/// nine runs below 10^8 elements.
struct ScalingRow {
    double elements, seconds;
    double peak_bytes;  ///< of the process so far
};
std::vector<ScalingRow> bench_scaling(double most_elements, const Progress& progress);

}  // namespace bncheck::bench
