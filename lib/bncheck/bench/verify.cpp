#include "bncheck/bench/verify.hpp"

#include <algorithm>
#include <cstring>

#include "bncheck/core/parallel.hpp"

namespace bncheck::bench {
namespace {

suite::Case float32_case(const Shape& shape, std::set<suite::Check> checks) {
    return case_of(shape, Dtype::float32, std::move(checks));
}

void verify(const suite::Case& c, oracle::LevelName reference) {
    run::CaseOptions options;
    options.reference = reference;
    pass_case(c, options);
}

/// A copy of n floats in pieces of 256 KiB.
class Copy {
public:
    explicit Copy(std::size_t n) : from_(n, 1), to_(n) {}
    void operator()() {
        constexpr std::size_t piece = std::size_t{1} << 16;
        parallel_for_each((from_.size() + piece - 1) / piece, [&](std::size_t k) {
            const std::size_t n = std::min(piece, from_.size() - k * piece);
            std::memcpy(to_.data() + k * piece, from_.data() + k * piece, n * sizeof(float));
        });
    }

private:
    std::vector<float> from_, to_;
};

const std::set<suite::Check> forward{suite::Check::forward, suite::Check::running}, backward{suite::Check::backward};

}  // namespace

std::vector<Shape> resnet_shapes(std::size_t batch) {
    std::vector<Shape> shapes;
    for (const auto& [channels, side] : {std::pair<std::size_t, std::size_t>{64, 112},
                                         {64, 56},
                                         {256, 56},
                                         {128, 28},
                                         {512, 28},
                                         {256, 14},
                                         {1024, 14},
                                         {512, 7},
                                         {2048, 7}})
        shapes.push_back({{batch, channels, side, side}});
    return shapes;
}

std::vector<VerifyRow> bench_verify(const std::vector<Shape>& shapes, std::size_t rounds, const Progress& progress) {
    std::vector<VerifyRow> rows;
    for (const Shape& shape : shapes) {
        progress(to_string(shape.dims));
        const double elements = static_cast<double>(shape.elements());
        Shape sample = shape;  // some ten thousand elements: exact arithmetic is slow
        sample.dims[1] = std::max<std::size_t>(1, 20000 / shape.count());
        Copy copy(shape.elements());
        const suite::Case cases[] = {float32_case(shape, forward), float32_case(shape, backward)};
        copy();
        for (const suite::Case& c : cases) verify(c, oracle::LevelName::float64);
        std::vector<double> copied, rates[2];
        for (std::size_t round = 0; round < rounds; ++round) {
            copied.push_back(elements / seconds_of(copy));
            for (std::size_t pass : {0, 1})
                rates[pass].push_back(elements / seconds_of([&] { verify(cases[pass], oracle::LevelName::float64); }));
        }
        for (std::size_t pass : {0, 1}) {
            const suite::Case exact = float32_case(sample, pass ? backward : forward);
            const double seconds = seconds_of([&] { verify(exact, oracle::LevelName::mpfr); });
            rows.push_back({shape, pass ? "backward" : "forward", spread_of(rates[pass]), spread_of(copied),
                            static_cast<double>(sample.elements()) / seconds});
        }
    }
    return rows;
}

std::vector<ScalingRow> bench_scaling(double most_elements, const Progress& progress) {
    std::vector<ScalingRow> rows;
    for (std::size_t channels = 1; static_cast<double>(channels) * 10000 <= most_elements; channels *= 10) {
        const Shape shape{{16, channels, 25, 25}};
        progress(to_string(shape.dims));
        const suite::Case c = float32_case(shape, {suite::Check::forward, suite::Check::running, suite::Check::backward});
        if (rows.empty()) verify(c, oracle::LevelName::float64);  // starts the threads
        std::vector<double> seconds;
        for (std::size_t run = 0; run < (channels < 10000 ? 9 : 1); ++run)
            seconds.push_back(seconds_of([&] { verify(c, oracle::LevelName::float64); }));
        rows.push_back({static_cast<double>(shape.elements()), spread_of(seconds).median, peak_bytes()});
    }
    return rows;
}

}  // namespace bncheck::bench
