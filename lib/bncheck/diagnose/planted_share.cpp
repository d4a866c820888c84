#include <algorithm>

#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {
namespace {

constexpr std::size_t threads = 4;

/// The thread that works on value i, where the m values are dealt out in equal runs, the last of which takes the rest.
std::size_t thread_of(const StagedChannel& s, std::size_t i) {
    return std::min(threads - 1, i / std::max<std::size_t>(1, s.m() / threads));
}
std::size_t sample_of(const StagedChannel& s, std::size_t i) { return i / s.spatial(); }

bool on_last_thread(const StagedChannel& s, std::size_t i) { return s.m() >= threads && thread_of(s, i) == threads - 1; }
bool in_last_half_of_samples(const StagedChannel& s, std::size_t i) {
    return s.samples() > 1 && sample_of(s, i) >= (s.samples() + 1) / 2;
}
bool among_left_over_samples(const StagedChannel& s, std::size_t i) {
    return s.samples() > threads && sample_of(s, i) >= s.samples() / threads * threads;
}
bool at_end_of_share(const StagedChannel& s, std::size_t i) {
    return s.m() >= 4 * threads && thread_of(s, i) < threads - 1 && thread_of(s, i + 1) != thread_of(s, i);
}
/// Where small work is left to one thread and only large work is shared.
bool on_second_of_many(const StagedChannel& s, std::size_t i) { return s.m() >= 16384 && thread_of(s, i) == 1; }

}  // namespace

std::vector<PlantedBug> share_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::share;
    return {
        {"statistics-of-last-thread-lost", kind, "the last of four threads' part is not added to the sums", statistics,
         statistics_counting(never(on_last_thread))},
        {"statistics-of-last-thread-alone", kind, "threads overwrite each other's sums, the last one's stay", statistics,
         statistics_counting(
             [](const StagedChannel& s, std::size_t i) { return s.m() < threads || thread_of(s, i) == threads - 1 ? 1 : 0; })},
        {"statistics-of-first-thread-twice", kind, "the first thread's part starts the sum and is added again", statistics,
         statistics_counting(
             [](const StagedChannel& s, std::size_t i) { return s.m() >= threads && thread_of(s, i) == 0 ? 2 : 1; })},
        {"statistics-of-half-the-samples", kind, "the second half of the samples is missing in the sums", statistics,
         statistics_counting(never(in_last_half_of_samples))},
        {"statistics-of-odd-samples", kind, "every other sample is missing in the sums", statistics,
         statistics_counting(never([](const StagedChannel& s, std::size_t i) { return sample_of(s, i) % 2 == 1; }))},
        {"statistics-of-left-over-samples", kind, "samples beyond a multiple of four threads are missing in the sums",
         statistics, statistics_counting(never(among_left_over_samples))},
        {"statistics-at-end-of-shares", kind, "each thread's share ends one value too early", statistics,
         statistics_counting(never(at_end_of_share))},
        {"statistics-of-large-work", kind, "from 16384 values on, the second thread's part is lost", statistics,
         statistics_counting(never(on_second_of_many))},
        {"statistics-of-large-float64-work", kind, "the same for float64 data alone", statistics,
         statistics_counting(never(
             [](const StagedChannel& s, std::size_t i) { return s.c.dtype == Dtype::float64 && on_second_of_many(s, i); }))},
        {"variance-of-last-thread-lost", kind, "the last thread's squares are missing, its part of the mean is not", statistics,
         in_training([](StagedChannel& s) {
             double squares = 0;
             for (std::size_t i = 0; i < s.m(); ++i)
                 if (!on_last_thread(s, i)) squares += (s.x[i] - s.mu) * (s.x[i] - s.mu);
             s.v = squares / s.count();
         })},
        {"shares-combined-without-means", kind, "four threads' variances are averaged without the spread of their means",
         statistics, in_training([](StagedChannel& s) {
             double total[threads] = {}, n[threads] = {}, squares = 0;
             for (std::size_t i = 0; i < s.m(); ++i) {
                 total[thread_of(s, i)] += s.x[i];
                 n[thread_of(s, i)] += 1;
             }
             for (std::size_t i = 0; i < s.m(); ++i) {
                 const double deviation = s.x[i] - total[thread_of(s, i)] / n[thread_of(s, i)];
                 squares += deviation * deviation;
             }
             s.v = squares / s.count();
         })},
        {"sums-of-last-thread-lost", kind, "the last of four threads' part is missing in dbeta and dgamma", sums,
         sums_counting(never(on_last_thread))},
        {"sums-of-left-over-samples", kind, "dbeta and dgamma lack the samples beyond a multiple of four threads", sums,
         sums_counting(never(among_left_over_samples))},
        {"sums-of-large-work", kind, "from 16384 values on, the second thread's part of dbeta and dgamma is lost", sums,
         sums_counting(never(on_second_of_many))},
        {"dbeta-of-last-thread-lost", kind, "dbeta, but not dgamma or dx, lacks the last thread's part", gradient,
         [](StagedChannel& s) {
             for (std::size_t i = 0; i < s.m(); ++i)
                 if (on_last_thread(s, i)) s.dbeta -= s.dy[i];
         }},
        {"y-of-last-thread", kind, "the last of four threads does not write its y", output, not_written(on_last_thread)},
        {"y-of-left-over-samples", kind, "y of samples beyond a multiple of four threads is not written", output,
         not_written(among_left_over_samples)},
        {"dx-of-last-thread", kind, "the last of four threads does not write its dx", gradient, not_written(on_last_thread)},
        {"dx-at-end-of-shares", kind, "the last dx of each thread's share is not written", gradient,
         not_written(at_end_of_share)},
        {"channels-of-last-thread", kind, "the last of four threads does not work on its channels", inputs,
         [](StagedChannel& s) { s.stored = s.channels() < threads || s.channel * threads / s.channels() < threads - 1; }},
        {"channels-left-over", kind, "channels beyond a multiple of eight are left over from a grid and not worked on", inputs,
         [](StagedChannel& s) { s.stored = s.channels() < 8 || s.channel < s.channels() / 8 * 8; }},
    };
}

}  // namespace bncheck::diagnose
