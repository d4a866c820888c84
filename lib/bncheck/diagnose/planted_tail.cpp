#include "bncheck/diagnose/planted_edit.hpp"

namespace bncheck::diagnose {
namespace {

/// Whether value i lies beyond the last whole vector of `width` in its channel.
auto beyond_vectors(std::size_t width) {
    return [width](const StagedChannel& s, std::size_t i) { return i >= s.m() / width * width; };
}
/// The same in each sample, where every sample is a loop of its own.
auto beyond_vectors_of_sample(std::size_t width) {
    return [width](const StagedChannel& s, std::size_t i) { return i % s.spatial() >= s.spatial() / width * width; };
}
/// The same, only where there is a whole vector: a channel that is shorter takes another path.
auto beyond_first_vector(std::size_t width) {
    return [width](const StagedChannel& s, std::size_t i) { return s.m() >= width && i >= s.m() / width * width; };
}
bool is_last(const StagedChannel& s, std::size_t i) { return i + 1 == s.m(); }
bool is_last_of_odd(const StagedChannel& s, std::size_t i) { return s.m() % 2 == 1 && is_last(s, i); }
bool is_last_of_tail(const StagedChannel& s, std::size_t i) { return s.m() % 8 != 0 && s.m() > 8 && is_last(s, i); }

/// Lanes beyond the end are loaded with the first value and not masked out of the sum.
double unmasked_lanes(const StagedChannel& s, std::size_t i) {
    return i == 0 ? 1 + static_cast<double>((16 - s.m() % 16) % 16) : 1;
}

}  // namespace

std::vector<PlantedBug> tail_bugs() {
    using enum Stage;
    constexpr BugKind kind = BugKind::tail;
    return {
        {"statistics-tail-of-4", kind, "the sums stop at a multiple of 4", statistics,
         statistics_counting(never(beyond_vectors(4)))},
        {"statistics-tail-of-8", kind, "the sums stop at a multiple of 8, if there is one", statistics,
         statistics_counting(never(beyond_first_vector(8)))},
        {"statistics-tail-of-16", kind, "the sums stop at a multiple of 16, if there is one", statistics,
         statistics_counting(never(beyond_first_vector(16)))},
        {"statistics-tail-of-64", kind, "the sums stop at a multiple of 64, if there is one", statistics,
         statistics_counting(never(beyond_first_vector(64)))},
        {"statistics-tail-twice", kind, "the remainder of 8 is added once more by the scalar loop", statistics,
         statistics_counting(twice(beyond_first_vector(8)))},
        {"statistics-sample-tail", kind, "within each sample the sums stop at a multiple of 4", statistics,
         statistics_counting(never(beyond_vectors_of_sample(4)))},
        {"statistics-mask-missing", kind, "lanes beyond the end repeat the first value, and are added", statistics,
         statistics_counting(unmasked_lanes)},
        {"statistics-last-value", kind, "the last value is left out of the sums", statistics,
         statistics_counting(never(is_last))},
        {"statistics-first-value", kind, "the first value is left out of the sums", statistics,
         statistics_counting(never([](const StagedChannel&, std::size_t i) { return i == 0; }))},
        {"statistics-last-of-odd", kind, "values are added in pairs, the last of an odd m is lost", statistics,
         statistics_counting(never(is_last_of_odd))},
        {"statistics-tail-one-short", kind, "the remainder's loop ends one too early", statistics,
         statistics_counting(never(is_last_of_tail))},
        {"sums-tail-of-8", kind, "dbeta and dgamma stop at a multiple of 8, if there is one", sums,
         sums_counting(never(beyond_first_vector(8)))},
        {"sums-tail-twice", kind, "dbeta and dgamma have the remainder of 8 twice", sums,
         sums_counting(twice(beyond_first_vector(8)))},
        {"sums-last-value", kind, "dbeta and dgamma lack the last value", sums, sums_counting(never(is_last))},
        {"y-tail-of-4", kind, "y beyond a multiple of 4 is not written", output, not_written(beyond_vectors(4))},
        {"y-tail-of-16", kind, "y beyond a multiple of 16 is not written, if there is one", output,
         not_written(beyond_first_vector(16))},
        {"y-last-value", kind, "the last value of y is not written", output, not_written(is_last)},
        {"dx-tail-of-8", kind, "dx beyond a multiple of 8 is not written, if there is one", gradient,
         not_written(beyond_first_vector(8))},
        {"dx-sample-tail", kind, "dx beyond a multiple of 4 within its sample is not written", gradient,
         not_written(beyond_vectors_of_sample(4))},
        {"y-tail-without-gamma", kind, "the scalar loop for the remainder of 8 lacks gamma and beta", output,
         each_element([](const StagedChannel& s, std::size_t i) { return beyond_vectors(8)(s, i) ? s.xhat(i) : s.y[i]; })},
    };
}

}  // namespace bncheck::diagnose
