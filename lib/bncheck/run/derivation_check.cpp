#include "bncheck/run/derivation_check.hpp"

#include <algorithm>
#include <cstdio>

#include "bncheck/derivation/compare.hpp"

namespace bncheck::run {

report::CheckReport derivation_check(const Question& q) {
    report::CheckReport report = report::without_findings("derivation", "dx", judge::Verdict::pass, "");
    if (!q.c.training)
        return report::without_findings("derivation", "dx", judge::Verdict::skipped, "the derivation at data is for training");
    double reference = 0, staged = 0, closed = 0;
    std::vector<double> x(q.c.shape.count()), dy(q.c.shape.count());
    for (std::size_t channel = 0; channel < q.c.shape.channels(); ++channel) {
        const double gamma = q.c.affine ? q.problem.per_channel().at("gamma").at(channel) : 1;
        q.problem.channel<double>("x", q.c.steps - 1, channel, x);
        q.problem.channel<double>("dy", 0, channel, dy);
        const derivation::Comparison found = derivation::compare(x, dy, gamma, q.c.eps, statistics_dtype(q.c.dtype));
        if (found.defined && !found.equal_in_reference) report.verdict = judge::Verdict::fail;
        if (!found.defined) continue;
        reference = std::max(reference, found.reference);
        staged = std::max(staged, found.staged);
        closed = std::max(closed, found.closed);
    }
    char text[200];
    std::snprintf(text, sizeof text,
                  "staged - closed form %.1e in 256 bit; in working precision the staged errs by %.1e, the closed form by "
                  "%.1e, relative to gamma r max|dy|",
                  reference, staged, closed);
    report.reason = text;
    return report;
}

}  // namespace bncheck::run
