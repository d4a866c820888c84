#include "bncheck/bench/verify.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "bncheck/core/error.hpp"
#include "bncheck/core/parallel.hpp"
#include "bncheck/run/run_case.hpp"
#include "bncheck/suite/flags.hpp"

namespace bncheck::bench {
namespace {

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string flag_text(const std::vector<std::size_t>& dims) {
    std::string text;
    for (std::size_t d : dims) text += (text.empty() ? "" : ",") + std::to_string(d);
    return text;
}

suite::Case case_of(const Shape& shape, std::set<suite::Check> checks) {
    suite::Case c = suite::suite_from_flags({{"shape", flag_text(shape.dims)}}).cases.front();
    c.checks = std::move(checks);
    return c;
}

void verify(const suite::Case& c, oracle::LevelName reference) {
    const auto candidate = candidate::make_builtin("fast");
    run::CaseOptions options;
    options.reference = reference;
    const report::CaseReport report = run::run_case(c, *candidate, options);
    if (report.verdict != judge::Verdict::pass)
        throw Error(Fault::internal, "bench", to_string(c.shape.dims), "builtin:fast did not pass", "please report this");
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

Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values[values.size() / 2], values.front(), values.back()};
}

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

std::vector<VerifyRow> bench_verify(const std::vector<Shape>& shapes, std::size_t rounds,
                                    const std::function<void(const std::string&)>& progress) {
    std::vector<VerifyRow> rows;
    for (const Shape& shape : shapes) {
        progress(to_string(shape.dims));
        const double elements = static_cast<double>(shape.elements());
        Shape sample = shape;  // some ten thousand elements: exact arithmetic is slow
        sample.dims[1] = std::max<std::size_t>(1, 20000 / shape.count());
        Copy copy(shape.elements());
        const suite::Case cases[] = {case_of(shape, forward), case_of(shape, backward)};
        copy();
        for (const suite::Case& c : cases) verify(c, oracle::LevelName::float64);
        std::vector<double> copied, rates[2];
        for (std::size_t round = 0; round < rounds; ++round) {
            copied.push_back(elements / seconds_of(copy));
            for (std::size_t pass : {0, 1})
                rates[pass].push_back(elements / seconds_of([&] { verify(cases[pass], oracle::LevelName::float64); }));
        }
        for (std::size_t pass : {0, 1}) {
            const suite::Case exact = case_of(sample, pass ? backward : forward);
            const double seconds = seconds_of([&] { verify(exact, oracle::LevelName::mpfr); });
            rows.push_back({shape, pass ? "backward" : "forward", spread_of(rates[pass]), spread_of(copied),
                            static_cast<double>(sample.elements()) / seconds});
        }
    }
    return rows;
}

std::vector<ScalingRow> bench_scaling(double most_elements, const std::function<void(const std::string&)>& progress) {
    std::vector<ScalingRow> rows;
    for (std::size_t channels = 1; static_cast<double>(channels) * 10000 <= most_elements; channels *= 10) {
        const Shape shape{{16, channels, 25, 25}};
        progress(to_string(shape.dims));
        const suite::Case c = case_of(shape, {suite::Check::forward, suite::Check::running, suite::Check::backward});
        if (rows.empty()) verify(c, oracle::LevelName::float64);  // starts the threads
        std::vector<double> seconds;
        for (std::size_t run = 0; run < (channels < 10000 ? 9 : 1); ++run)
            seconds.push_back(seconds_of([&] { verify(c, oracle::LevelName::float64); }));
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        rows.push_back(
            {static_cast<double>(shape.elements()), spread_of(seconds).median, static_cast<double>(usage.ru_maxrss) * 1024});
    }
    return rows;
}

}  // namespace bncheck::bench
