#include "bncheck/run/derivation_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bncheck/derivation/walk/compare.hpp"
#include "bncheck/run/derivation_channel.hpp"

namespace bncheck::run {
namespace {

/// Figures that read the same at two digits are not told apart.
std::string figure(double error) { return fmt::format("{:.1e}", error); }

std::string most_accurate(const std::vector<report::ArrangementFigure>& figures) {
    const auto least = std::min_element(figures.begin(), figures.end(),
                                        [](const auto& a, const auto& b) { return a.max_error < b.max_error; });
    std::string names;
    std::size_t count = 0;
    for (const report::ArrangementFigure& one : figures) {
        if (figure(one.max_error) != figure(least->max_error)) continue;
        names += (names.empty() ? "" : ", ") + one.name;
        ++count;
    }
    return count == figures.size() ? "all alike" : "most accurate: " + names;
}

std::string reason(double difference, const std::vector<report::ArrangementFigure>& figures, Dtype working) {
    std::string text = fmt::format("staged - closed form {} in 256 bit; errors in {}:", figure(difference), name_of(working));
    for (const report::ArrangementFigure& one : figures) text += " " + one.name + " " + figure(one.max_error) + ",";
    text.back() = ';';
    return text + " " + most_accurate(figures) + "; in units of |gamma| r max|dy|";
}

}  // namespace

report::CheckReport derivation_check(const Question& q) {
    report::CheckReport report = report::without_findings("derivation", "dx", judge::Verdict::pass, "");
    double difference = 0;
    const Dtype working = statistics_dtype(q.c.dtype);
    for (std::size_t channel = 0; channel < q.c.shape.channels(); ++channel) {
        const derivation::Comparison found = derivation::compare(derivation_channel(q.c, q.problem, channel), working);
        if (!found.defined) continue;
        if (!found.equal_in_reference) report.verdict = judge::Verdict::fail;
        difference = std::max(difference, found.reference.dx);
        report.arrangements.resize(found.working.size());
        for (std::size_t k = 0; k < found.working.size(); ++k) {
            report::ArrangementFigure& figure = report.arrangements[k];
            figure.name = found.working[k].name;
            figure.max_error = std::max(figure.max_error, found.working[k].errors.dx);
        }
    }
    if (report.arrangements.empty())
        return report::without_findings("derivation", "dx", judge::Verdict::skipped,
                                        "no channel has a derivative: v + eps is 0, or data are not finite");
    report.reason = reason(difference, report.arrangements, working);
    return report;
}

}  // namespace bncheck::run
