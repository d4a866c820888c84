#include <algorithm>

#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {
namespace {

/// Mean and biased variance of the values first <= i < last.
bn::Moments<double> moments_of(const StagedChannel& s, std::size_t first, std::size_t last) {
    const double n = static_cast<double>(last - first);
    bn::Moments<double> moments{0, 0};
    for (std::size_t i = first; i < last; ++i) moments.mean += s.x[i] / n;
    for (std::size_t i = first; i < last; ++i) moments.variance += (s.x[i] - moments.mean) * (s.x[i] - moments.mean) / n;
    return moments;
}

/// Moments of blocks, averaged; `weighed` by the block's length, else alike.
Edit blocks_averaged(std::size_t length, bool weighed, bool between) {
    return in_training([=](StagedChannel& s) {
        if (s.m() <= length) return;
        double total = 0, mean = 0, within = 0, squares = 0;
        for (std::size_t first = 0; first < s.m(); first += length) {
            const std::size_t last = std::min(s.m(), first + length);
            const bn::Moments<double> block = moments_of(s, first, last);
            const double weight = weighed ? static_cast<double>(last - first) : 1;
            total += weight;
            mean += weight * block.mean;
            within += weight * block.variance;
            squares += weight * (block.mean - s.mu) * (block.mean - s.mu);
        }
        s.mu = mean / total;
        s.v = (within + (between ? squares : 0)) / total;
    });
}

/// Whether value i is the one at `place` of a block of `length`, blocks after the first.
auto at_block(std::size_t length, std::size_t place) {
    return [=](const StagedChannel&, std::size_t i) { return i >= length && i % length == place; };
}
bool in_last_partial_block(const StagedChannel& s, std::size_t i) { return s.m() > 256 && i >= s.m() / 256 * 256; }
bool in_last_sample(const StagedChannel& s, std::size_t i) { return s.samples() > 1 && i / s.spatial() + 1 == s.samples(); }
bool in_last_row(const StagedChannel& s, std::size_t i) {
    return s.spatial() > s.row() && i % s.spatial() >= s.spatial() - s.row();
}

}  // namespace

std::vector<PlantedBug> block_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::block;
    return {
        {"statistics-first-of-1024", kind, "from the second block of 1024 on, the sums skip a block's first value", statistics,
         statistics_counting(never(at_block(1024, 0)))},
        {"statistics-last-of-1024", kind, "from the second block of 1024 on, the sums skip a block's last value", statistics,
         statistics_counting(never(at_block(1024, 1023)))},
        {"statistics-first-of-4096", kind, "from the second block of 4096 on, the sums skip a block's first value", statistics,
         statistics_counting(never(at_block(4096, 0)))},
        {"statistics-overlap-of-4096", kind, "blocks of 4096 overlap by one value, which counts twice", statistics,
         statistics_counting(twice(at_block(4096, 0)))},
        {"statistics-first-of-10000", kind, "from the second block of 10000 on, the sums skip a block's first value",
         statistics, statistics_counting(never(at_block(10000, 0)))},
        {"statistics-last-block", kind, "a last block of less than 256 is left out of the sums", statistics,
         statistics_counting(never(in_last_partial_block))},
        {"statistics-first-256", kind, "the sums see the first 256 values alone", statistics,
         statistics_counting(never([](const StagedChannel&, std::size_t i) { return i >= 256; }))},
        {"statistics-beyond-65536", kind, "the sums stop at 65536 values", statistics,
         statistics_counting(never([](const StagedChannel&, std::size_t i) { return i >= 65536; }))},
        {"blocks-without-their-means", kind, "variances of blocks of 256 are averaged, the spread of their means is forgotten",
         statistics, blocks_averaged(256, true, false)},
        {"blocks-of-64-without-their-means", kind, "the same with blocks of 64", statistics, blocks_averaged(64, true, false)},
        {"blocks-weighed-alike", kind, "a shorter last block of 256 weighs as much as the others", statistics,
         blocks_averaged(256, false, true)},
        {"blocks-of-16-weighed-alike", kind, "the same with blocks of 16", statistics, blocks_averaged(16, false, true)},
        {"statistics-last-sample", kind, "the last sample is left out of the sums", statistics,
         statistics_counting(never(in_last_sample))},
        {"statistics-last-row", kind, "the last row of every plane is left out of the sums", statistics,
         statistics_counting(never(in_last_row))},
        {"statistics-first-of-sample", kind, "the first value of every sample but the first is left out of the sums",
         statistics,
         statistics_counting(never([](const StagedChannel& s, std::size_t i) { return i > 0 && i % s.spatial() == 0; }))},
        {"sums-last-block", kind, "dbeta and dgamma lack a last block of less than 256", sums,
         sums_counting(never(in_last_partial_block))},
        {"sums-last-sample", kind, "dbeta and dgamma lack the last sample", sums, sums_counting(never(in_last_sample))},
        {"sums-first-of-4096", kind, "from the second block of 4096 on, dbeta and dgamma skip a block's first value", sums,
         sums_counting(never(at_block(4096, 0)))},
        {"sums-first-sample-alone", kind, "dbeta and dgamma are those of the first sample", sums,
         sums_counting(never([](const StagedChannel& s, std::size_t i) { return i >= s.spatial(); }))},
        {"y-last-sample", kind, "y of the last sample is not written", output, not_written(in_last_sample)},
        {"y-first-of-1024", kind, "from the second block of 1024 on, a block's first y is not written", output,
         not_written(at_block(1024, 0))},
        {"dx-last-row", kind, "dx of the last row of every plane is not written", gradient, not_written(in_last_row)},
        {"dx-last-block", kind, "dx of a last block of less than 256 is not written", gradient,
         not_written(in_last_partial_block)},
    };
}

}  // namespace bncheck::diagnose
