#include "bncheck/run/property_checks.hpp"

#include "bncheck/properties/properties.hpp"

namespace bncheck::run {
namespace {

report::CheckReport reported(suite::Check check, properties::Finding finding, const Question& q) {
    report::CheckReport report;
    report.check = suite::name_of(check);
    report.tensor = std::move(finding.tensor);
    report.property = std::move(finding.property);
    report.of_sums = finding.of_sums;
    report.verdict = finding.verdict;
    report.reason = std::move(finding.reason);
    if (finding.by_class && finding.findings) {
        report.required = q.required;
        if (const auto allowed = q.c.allow.find(report.tensor); allowed != q.c.allow.end())
            report.allowed_ulp = allowed->second;
    }
    report.findings = std::move(finding.findings);
    return report;
}

}  // namespace

std::vector<report::CheckReport> property_checks(candidate::Candidate& candidate, const Question& q) {
    using suite::Check;
    std::vector<report::CheckReport> reports;
    if (!q.c.has(Check::properties) && !q.c.has(Check::determinism)) return reports;
    if (const std::string why = candidate.hello().obstacle_to_other_data(); !why.empty()) {
        for (Check check : {Check::properties, Check::determinism})
            if (q.c.has(check))
                reports.push_back(
                    report::without_findings(std::string(suite::name_of(check)), "y", judge::Verdict::skipped, why));
        return reports;
    }
    const properties::Subject subject{candidate, q.convention, q.momentum.front(), q.required};
    const properties::Instance instance{q.c, q.problem.tensors(0)};
    const auto add = [&](Check check, std::vector<properties::Finding> findings) {
        for (properties::Finding& finding : findings) reports.push_back(reported(check, std::move(finding), q));
    };
    if (q.c.has(Check::properties)) add(Check::properties, properties::identities(subject, instance));
    if (q.c.has(Check::determinism)) add(Check::determinism, properties::repeatability(subject, instance));
    return reports;
}

}  // namespace bncheck::run
