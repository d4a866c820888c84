#include "bncheck/bench/measure.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "bncheck/core/error.hpp"
#include "bncheck/suite/flags.hpp"

namespace bncheck::bench {
namespace {

std::string flag_text(const std::vector<std::size_t>& dims) {
    std::string text;
    for (std::size_t d : dims) text += (text.empty() ? "" : ",") + std::to_string(d);
    return text;
}

}  // namespace

Spread spread_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return {values[values.size() / 2], values.front(), values.back()};
}

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_maxrss) * 1024;  // Linux counts kibibytes
}

suite::Case case_of(const Shape& shape, Dtype dtype, std::set<suite::Check> checks) {
    const suite::Flags flags{{"shape", flag_text(shape.dims)}, {"dtype", std::string(name_of(dtype))}};
    suite::Case c = suite::suite_from_flags(flags).cases.front();
    c.checks = std::move(checks);
    return c;
}

report::CaseReport pass_case(const suite::Case& c, const run::CaseOptions& options) {
    const auto candidate = candidate::make_builtin("fast");
    report::CaseReport report = run::run_case(c, *candidate, options);
    if (report.verdict != judge::Verdict::pass)
        throw Error(Fault::internal, "bench", to_string(c.shape.dims), "builtin:fast did not pass", "please report this");
    return report;
}

double fitted_exponent(std::span<const double> sizes, std::span<const double> costs) {
    const auto points = static_cast<double>(sizes.size());
    double mean_size = 0, mean_cost = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        mean_size += std::log(sizes[k]) / points;
        mean_cost += std::log(costs[k]) / points;
    }
    double together = 0, of_sizes = 0;
    for (std::size_t k = 0; k < sizes.size(); ++k) {
        const double distance = std::log(sizes[k]) - mean_size;
        together += distance * (std::log(costs[k]) - mean_cost);
        of_sizes += distance * distance;
    }
    return together / of_sizes;
}

}  // namespace bncheck::bench
