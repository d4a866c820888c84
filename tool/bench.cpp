#include <fmt/format.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <unistd.h>

#include <cmath>
#include <iostream>
#include <optional>

#include "bncheck/bench/gradcheck.hpp"
#include "bncheck/bench/verify.hpp"
#include "commands.hpp"

namespace bncheck::tool {
namespace {

void show_progress(const std::string& what) {
    if (isatty(STDERR_FILENO)) std::cerr << "\r\x1b[K" << what << std::flush;
}

void print_verify(const std::vector<bench::VerifyRow>& rows) {
    fmt::print(
        "M/s: million elements a second. copy: a plain copy of as many floats, a read and a write each; ratio: to that "
        "copy.\n");
    fmt::print("{:<20} {:<9} {:>8} {:>17} {:>12} {:>7} {:>13}\n", "shape", "pass", "M/s", "least to most", "copy GB/s", "ratio",
               "mpfr256 M/s");
    double log_rate[2] = {}, least[2] = {};
    for (const bench::VerifyRow& row : rows) {
        fmt::print("{:<20} {:<9} {:>8.1f} {:>8.1f}{:>9.1f} {:>12.1f} {:>7.3f} {:>13.3f}\n", to_string(row.shape.dims), row.pass,
                   row.rate.median * 1e-6, row.rate.least * 1e-6, row.rate.most * 1e-6, row.copy.median * 8e-9,
                   row.rate.median / row.copy.median, row.exact_rate * 1e-6);
        const std::size_t pass = row.pass == "backward";
        log_rate[pass] += std::log(row.rate.median) * 2 / static_cast<double>(rows.size());
        least[pass] = least[pass] == 0 ? row.rate.median : std::min(least[pass], row.rate.median);
    }
    for (std::size_t pass : {0, 1})
        fmt::print("{}: {:.1f} M elements/s in the geometric mean, {:.1f} at least\n", pass ? "backward" : "forward",
                   std::exp(log_rate[pass]) * 1e-6, least[pass] * 1e-6);
}

void print_scaling(const std::vector<bench::ScalingRow>& rows) {
    fmt::print("{:>14} {:>10} {:>12} {:>16}\n", "elements", "seconds", "ns/element", "peak memory MB");
    for (const bench::ScalingRow& row : rows)
        fmt::print("{:>14.0f} {:>10.4f} {:>12.2f} {:>16.1f}\n", row.elements, row.seconds, row.seconds / row.elements * 1e9,
                   row.peak_bytes * 1e-6);
}

void print_gradcheck(const std::vector<bench::GradientSweep>& sweeps) {
    for (const bench::GradientSweep& sweep : sweeps) {
        fmt::print("\nover {}, {} --full\n", sweep.over, sweep.full ? "with" : "without");
        fmt::print("{:<16} {:>6} {:>7} {:>12} {:>9} {:>9} {:>15}\n", "shape", "C", "m", "entries", "ms",
                   sweep.full ? "ns/Cm^2" : "ns/Cm", "peak memory MB");
        for (const bench::GradientRow& row : sweep.rows)
            fmt::print("{:<16} {:>6} {:>7} {:>12.0f} {:>9.2f} {:>9.2f} {:>15.1f}\n", to_string(row.shape.dims),
                       row.shape.channels(), row.shape.count(), row.entries, row.seconds.median * 1e3,
                       row.seconds.median / sweep.units(row) * 1e9, row.peak_bytes * 1e-6);
        fmt::print("time grows as {}^{:.2f} over the larger half; expected: {}^{}\n", sweep.over, sweep.fitted(), sweep.over,
                   sweep.expected());
    }
}

}  // namespace

int bench_command(const BenchArguments& arguments) {
    std::optional<oneapi::tbb::global_control> threads;
    if (arguments.jobs) threads.emplace(oneapi::tbb::global_control::max_allowed_parallelism, arguments.jobs);
    const bool gradients = arguments.what == "gradcheck";
    fmt::print("{} threads; every figure is a whole {} of builtin:fast on {}, by run_case\n",
               arguments.jobs ? arguments.jobs : static_cast<std::size_t>(oneapi::tbb::info::default_concurrency()),
               gradients ? "gradient check" : "verification", gradients ? "float64" : "float32");
    if (arguments.what == "scaling") {
        const auto rows = bench::bench_scaling(arguments.most_elements, show_progress);
        show_progress("");
        print_scaling(rows);
    } else if (gradients) {
        const auto sweeps = bench::bench_gradcheck(arguments.rounds, show_progress);
        show_progress("");
        print_gradcheck(sweeps);
    } else {
        const auto rows = bench::bench_verify(bench::resnet_shapes(arguments.batch), arguments.rounds, show_progress);
        show_progress("");
        print_verify(rows);
    }
    return 0;
}

}  // namespace bncheck::tool
