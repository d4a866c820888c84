#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bncheck {

/// Counter-based random numbers (Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011). A value depends on the stream, its row and its index alone, never on order or threads; all values
/// use only + - * / and sqrt, so that the bits are the same with every compiler and every vector length.
class RandomStream {
public:
    /// One stream for each (suite, case, tensor, seed).
    RandomStream(std::string_view suite, std::string_view name, std::string_view tensor, std::uint64_t seed);

    std::uint64_t bits(std::uint64_t index, std::uint32_t row = 0) const;
    double uniform(std::uint64_t index, std::uint32_t row = 0) const;  ///< in (0, 1): (k + 1/2) 2^-52
    double normal(std::uint64_t index, std::uint32_t row = 0) const;   ///< standard normal, by inversion

    /// In [0, bound), bound <= 2^32.
    std::uint64_t below(std::uint64_t bound, std::uint64_t index, std::uint32_t row = 0) const;

    /// Standard normals of float precision for the indices first, first + 1, ...; `first` is a multiple of 4. Another stream
    /// than that of `normal`, at a third of its cost.
    void normals(std::uint64_t first, std::uint32_t row, std::span<float> values) const;

    /// The same for the indices first, first + 1, ... of a row at once; `first` is even.
    void uniforms(std::uint64_t first, std::uint32_t row, std::span<double> values) const;
    void normals(std::uint64_t first, std::uint32_t row, std::span<double> values) const;

private:
    std::uint64_t key_;
};

/// The p-quantile of the standard normal distribution, 0 < p < 1.
double normal_quantile(double p);

}  // namespace bncheck
