#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bncheck/core/dtype.hpp"
#include "support/right_kernel.hpp"

namespace bncheck::test {

/// What right kernels used of their own class's bounds.
struct Utilisation {
    std::size_t cases = 0, inconclusive = 0;
    std::vector<float> ratios;  ///< of a case's worst element, conclusive cases alone
    double median() const;
    double best() const;  ///< the largest
};

struct AlarmReport {
    /// By the name of the sums' class and the tensor.
    std::map<std::pair<std::string, std::string>, Utilisation> utilisation;
    std::vector<std::string>
        alarms;  ///< "seed 5 float32 welford y affine 1/m: 1.2 of the bound"; at most 5 for each way to sum
    std::size_t alarm_count = 0;
    std::array<std::size_t, sums_count> by_sums{};
    void merge(const AlarmReport& other);
};

/// The class that a kernel of some class is held against.
using HeldAgainst = std::function<AccuracyClass(AccuracyClass own)>;

/// Puts every way (sums, 1/m as division and as factor, arrangements) to one random case each of the seeds first .. first +
/// count, and holds every output against the bounds of its own class. The truth is the oracle's lowest level that decides.
AlarmReport judge_right_kernels(
    Dtype dtype, std::uint64_t first, std::size_t count, bool flushes = false,
    const HeldAgainst& held_against = [](AccuracyClass own) { return own; });

/// A table of the utilisations.
std::string to_string(const AlarmReport& report);

}  // namespace bncheck::test
