#include "bncheck/suite/impulse.hpp"

#include <algorithm>
#include <array>

namespace bncheck::suite {
namespace {

double magnitude(const Impulse& impulse, std::size_t k) { return (8 + 0.5 * static_cast<double>(k % 16)) * impulse.scale; }

/// The first index of [low, high) with index % step == rest, or high.
std::size_t first_at(std::size_t low, std::size_t high, std::size_t step, std::size_t rest) {
    const std::size_t index = low + (rest + step - low % step) % step;
    return std::min(index, high);
}

/// A place where kernels go wrong: ends of the stratum, of a sample, of a row, of vectors and of blocks.
std::size_t structural_place(std::size_t kind, std::size_t low, std::size_t high, const Shape& shape) {
    const std::size_t area = shape.spatial(), row = shape.dims.size() > 2 ? shape.dims.back() : 1;
    const std::array<std::pair<std::size_t, std::size_t>, 16> places{{{1, 0},
                                                                      {1, 0},
                                                                      {area, area - 1},
                                                                      {area, 0},
                                                                      {row, row - 1},
                                                                      {row, 0},
                                                                      {4, 3},
                                                                      {8, 7},
                                                                      {16, 15},
                                                                      {32, 31},
                                                                      {8, 0},
                                                                      {32, 0},
                                                                      {64, 63},
                                                                      {64, 0},
                                                                      {1024, 1023},
                                                                      {4096, 0}}};
    if (kind == 0) return high - 1;
    return first_at(low, high, places[kind].first, places[kind].second);
}

}  // namespace

std::vector<ImpulsePlace> impulse_places(const Impulse& impulse, const Shape& shape, std::size_t channel,
                                         const RandomStream& stream) {
    const std::size_t m = shape.count(), count = impulse.count;
    std::vector<ImpulsePlace> places;
    for (std::size_t t = 0; t < count; ++t) {
        const std::size_t low = t * m / count, high = (t + 1) * m / count;
        const std::size_t kind = (count - 1 - t + channel) % 16;  // channel 0 has its last impulse on the last value
        std::size_t index = structural_place(kind, low, high, shape);
        if (index == high) index = low + stream.below(high - low, channel * count + t);
        places.push_back({index, magnitude(impulse, t + channel)});
    }
    return places;
}

double impulse_variance(const Impulse& impulse, std::size_t m) {
    double sum = 0, squares = 0;
    for (std::size_t k = 0; k < impulse.count; ++k) {
        sum += magnitude(impulse, k);
        squares += magnitude(impulse, k) * magnitude(impulse, k);
    }
    const double n = static_cast<double>(m), mean = sum / n;
    return squares / n - mean * mean;
}

}  // namespace bncheck::suite
