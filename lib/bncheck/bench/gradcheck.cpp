#include "bncheck/bench/gradcheck.hpp"

namespace bncheck::bench {
namespace {

// Batch and width of every shape; C and the height vary, m = 4 x height x 8.
constexpr std::size_t batch = 4, width = 8;

Shape shape_of(std::size_t channels, std::size_t values) { return {{batch, channels, values / (batch * width), width}}; }

/// `count` sizes that double, the first of C channels of m values.
GradientSweep sweep_of(const std::string& over, bool full, std::size_t channels, std::size_t values, std::size_t count) {
    GradientSweep sweep{over, full, {}};
    for (std::size_t k = 0; k < count; ++k, (over == "C" ? channels : values) *= 2)
        sweep.rows.push_back({shape_of(channels, values), 0, {}, 0});
    return sweep;
}

double entries_of(const report::CaseReport& report) {
    double entries = 0;
    for (const report::CheckReport& check : report.checks) {
        if (check.entries) entries += static_cast<double>(check.entries->entries);
        if (check.findings) entries += static_cast<double>(check.findings->elements);
    }
    return entries;
}

}  // namespace

double GradientSweep::size(const GradientRow& row) const {
    return static_cast<double>(over == "C" ? row.shape.channels() : row.shape.count());
}

double GradientSweep::units(const GradientRow& row) const {
    const auto channels = static_cast<double>(row.shape.channels()), values = static_cast<double>(row.shape.count());
    return channels * values * (full ? values : 1);
}

double GradientSweep::expected() const { return full && over == "m" ? 2 : 1; }

double GradientSweep::fitted() const {
    std::vector<double> sizes, costs;
    for (std::size_t k = rows.size() / 2; k < rows.size(); ++k) {
        sizes.push_back(size(rows[k]));
        costs.push_back(rows[k].seconds.median);
    }
    return fitted_exponent(sizes, costs);
}

std::vector<GradientSweep> bench_gradcheck(std::size_t rounds, const Progress& progress) {
    // The largest sizes take from tenths of a second to some seconds on two cores: long beside the noise of a clock, short
    // enough for some rounds. Over C no size has fewer than four channels, all of which the Taylor test looks at. With full
    // comes first, because memory is that of the process so far, and the values of a channel are fewer there. Without full, the
    // larger halves begin at 2^18 values: judge_case gives a thread no fewer than 2^16, so that time falls as threads join in.
    std::vector<GradientSweep> sweeps{sweep_of("C", true, 8, 256, 6), sweep_of("m", true, 1, 1024, 6),
                                      sweep_of("C", false, 64, 512, 6), sweep_of("m", false, 16, 2048, 6)};
    std::vector<std::vector<std::vector<double>>> seconds(sweeps.size());
    for (std::size_t s = 0; s < sweeps.size(); ++s) seconds[s].resize(sweeps[s].rows.size());
    for (std::size_t round = 0; round <= rounds; ++round) {  // the first starts the threads, and is not counted
        for (std::size_t s = 0; s < sweeps.size(); ++s) {
            run::CaseOptions options;
            options.full = sweeps[s].full;
            for (std::size_t k = 0; k < sweeps[s].rows.size(); ++k) {
                GradientRow& row = sweeps[s].rows[k];
                progress("round " + std::to_string(round) + " of " + std::to_string(rounds) + ": " + to_string(row.shape.dims));
                const suite::Case c = case_of(row.shape, Dtype::float64, {suite::Check::gradient});
                report::CaseReport report;
                const double taken = seconds_of([&] { report = pass_case(c, options); });
                if (round == 0) {
                    row.entries = entries_of(report);
                    row.peak_bytes = peak_bytes();
                } else {
                    seconds[s][k].push_back(taken);
                }
            }
        }
    }
    for (std::size_t s = 0; s < sweeps.size(); ++s)
        for (std::size_t k = 0; k < sweeps[s].rows.size(); ++k) sweeps[s].rows[k].seconds = spread_of(seconds[s][k]);
    return sweeps;
}

}  // namespace bncheck::bench
