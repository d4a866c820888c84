#pragma once

#include <cstdint>
#include <string_view>

namespace bncheck {

/// Counter-based random numbers (Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011). A value depends on the stream and its index alone, never on order or threads.
class RandomStream {
public:
    /// One stream for each (suite, case, tensor, seed).
    RandomStream(std::string_view suite, std::string_view name, std::string_view tensor, std::uint64_t seed);

    std::uint64_t bits(std::uint64_t index) const;
    double uniform(std::uint64_t index) const;                            ///< in (0, 1): (k + 1/2) 2^-52
    std::uint64_t below(std::uint64_t bound, std::uint64_t index) const;  ///< in [0, bound), bound <= 2^32

    /// Standard normal by inversion. Uses only + - * / and sqrt, so that the bits are the same everywhere.
    double normal(std::uint64_t index) const;

private:
    std::uint64_t key_;
};

/// The p-quantile of the standard normal distribution, 0 < p < 1, relative error below 1.2e-9
/// (P. J. Acklam's rational approximation; the logarithm in the tails is our own series).
double normal_quantile(double p);

}  // namespace bncheck
