#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bncheck/bench/measure.hpp"

// How the time of the gradient check (check `gradient` of builtin:fast in float64) grows with C channels of m values each.
// With --full every entry of the C m x m blocks of the Jacobian is looked at: C m^2 is linear in what is compared. Without it
// a fixed number of columns of m values and of directions of each channel is looked at: C m.
namespace bncheck::bench {

/// One size.
struct GradientRow {
    Shape shape;
    double entries = 0;     ///< compared, by all methods together
    Spread seconds;         ///< of the rounds
    double peak_bytes = 0;  ///< of the process, once this size was done for the first time
};

/// Sizes that double in C, or in m, while the other stays.
struct GradientSweep {
    std::string over;  ///< "C" or "m"
    bool full = false;
    std::vector<GradientRow> rows;

    double size(const GradientRow& row) const;   ///< C or m
    double units(const GradientRow& row) const;  ///< C m^2 with full, C m without
    double expected() const;                     ///< the exponent
    /// That of the larger half of the sizes, where constant costs (threads, 256-bit arithmetic of one small channel) do not
    /// count.
    double fitted() const;
};

/// Four sweeps, with and without full, over C and over m. Every round visits all sizes, so that a noisy machine bears on all
/// alike.
std::vector<GradientSweep> bench_gradcheck(std::size_t rounds, const Progress& progress);

}  // namespace bncheck::bench
