#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bncheck/core/shape.hpp"
#include "bncheck/judge/entry_findings.hpp"
#include "bncheck/judge/tensor_profile.hpp"
#include "bncheck/judge/verdict.hpp"

namespace bncheck::report {

using Json = nlohmann::ordered_json;

/// A point of the Taylor test's curve.
struct CurvePoint {
    double h, remainder, allowed;
};

/// How accurate a way of arranging the backward is, under `derivation`.
struct ArrangementFigure {
    std::string name;
    double max_error = 0;  ///< of dx, in units of |gamma| r max|dy|
};

/// One check of one tensor.
struct CheckReport {
    std::string check, tensor;
    std::string property;  ///< which one, under `properties`
    std::string method;    ///< by which, under `gradient`
    std::string sample;    ///< what of the case the method looked at
    bool of_sums = false;  ///< a finding has one value a channel, whatever the tensor
    judge::Verdict verdict = judge::Verdict::pass;
    std::optional<AccuracyClass> required;  ///< none: no class applies
    std::optional<judge::TensorFindings> findings;
    std::optional<judge::EntryFindings> entries;  ///< of a method that compares entries of the Jacobian, instead
    std::size_t evaluations = 0;                  ///< of the candidate, one channel each
    judge::TensorProfile profile;                 ///< for plots, with `findings`
    std::vector<CurvePoint> curve;                ///< of the Taylor test
    std::optional<double> slope;
    std::vector<ArrangementFigure> arrangements;  ///< of `derivation`
    std::optional<double> allowed_ulp;            ///< hand-set
    std::string reason;
};

/// A check that found nothing, for a reason.
CheckReport without_findings(std::string check, std::string tensor, judge::Verdict verdict, std::string reason);

/// One case, as design section 9 has it.
struct CaseReport {
    std::string id, suite, note, dtype, layout, mode, convention, repro, reason, required;
    std::vector<std::string> tags;
    std::vector<std::size_t> shape;
    std::map<std::string, std::string> data;  ///< generator by tensor
    double eps = 0;
    std::optional<double> momentum;
    std::uint64_t seed = 0;
    bool affine = true, running = true;
    std::size_t steps = 1;
    double kappa = 0, mean_over_stddev = 0, resolution = 0;
    std::vector<CheckReport> checks;
    std::map<std::string, double> seconds;        ///< by method of `gradient`; not part of the case's JSON
    double total_seconds = 0;                     ///< nor is this
    std::map<std::string, double> stage_seconds;  ///< by what was done: data, candidate, judge, gradients, properties
    judge::Verdict verdict = judge::Verdict::skipped;
};

/// The worst of the checks: error, fail, xpass, inconclusive, xfail, pass; skipped where all were.
judge::Verdict worst_verdict(const std::vector<CheckReport>& checks);

/// `format_of_x` and `format_of_statistics` give the ulps' and digits' format of the tensors.
Json to_json(const CaseReport& report, Dtype dtype);

/// Counts over "cases", as "summary".
Json summarize(const Json& cases, bool strict);

/// Whether it is of a run that was interrupted; of any JSON object.
bool is_partial(const Json& report);

/// Exit code of a finished report (design section 8): 3 before 1 before 4.
int exit_code(const Json& report, bool strict);

/// A number, or "nan", "inf", "-inf".
Json number(double value);

/// JSON schema (draft-07) of reports.
std::string_view report_schema();

}  // namespace bncheck::report
