#include "bncheck/report/model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "bncheck/core/tensor_name.hpp"
#include "bncheck/report/plot_data.hpp"

namespace bncheck::report {
namespace {

using judge::Verdict;

Shape shape_of(const CaseReport& report) { return Shape{report.shape}; }

Json worst_of(const CheckReport& check, const CaseReport& report) {
    const judge::Element& e = *check.findings->worst;
    const bool elementwise = tensor_name::is_elementwise(check.tensor) && !check.of_sums;
    const std::vector<std::size_t> index =
        elementwise ? shape_of(report).index(e.channel, e.i) : std::vector<std::size_t>{e.channel};
    return {{"index", index},
            {"got", number(e.got)},
            {"want", oracle::decimal(e.want)},
            {"bound", number(e.bound)},
            {"error", number(e.error)}};
}

Json entry_index(const judge::Entry& e, const std::string& tensor, const CaseReport& report) {
    return tensor_name::is_elementwise(tensor) ? Json(shape_of(report).index(e.channel, e.i)) : Json{e.channel};
}

/// What a method of `gradient` found of entries of the Jacobian. "index" is that of the output's element; "by" is the value of
/// x that it is differentiated by, or the number of the direction.
void add_entries(Json& json, const CheckReport& check, const CaseReport& report) {
    const judge::EntryFindings& f = *check.entries;
    json["max_abs"] = number(f.max_abs);
    json["utilisation"] = number(f.ratio);
    json["elements"] = f.entries;
    json["failed"] = f.failed;
    json["inconclusive"] = f.inconclusive;
    if (!f.worst) return;
    const judge::Entry& e = *f.worst;
    Json& worst = json["worst"] = {{"index", entry_index(e, check.tensor, report)}};
    const bool elementwise = tensor_name::is_elementwise(check.tensor);
    const bool by_element = (elementwise || check.tensor == "ggamma") &&
                            (check.method == "rows" || (check.method == "differences" && check.tensor == "dx"));
    if (by_element)
        worst["by"] = shape_of(report).index(e.channel, e.with);
    else if (check.method == "directions")
        worst["by"] = e.with;
    // Of rows the analytic value is the candidate's; else it is the definition's, and the numeric one what was found.
    const bool analytic_got = check.method == "rows";
    worst["got"] = number(analytic_got ? e.analytic : e.numeric);
    worst["want"] = oracle::decimal({analytic_got ? e.numeric : e.analytic});
    worst["analytic"] = number(e.analytic);
    worst["numeric"] = number(e.numeric);
    worst["error"] = number(e.error);
    worst["estimated_error"] = number(e.estimated);
    worst["bound"] = number(e.allowed);
}

/// The sample of a check, with the worst element, which else might not be in a figure: few elements are all there anyway.
judge::ElementSample with_worst(const CheckReport& check, Dtype dtype) {
    judge::ElementSample elements = check.profile.elements;
    if (!check.findings || !check.findings->worst || elements.size() >= check.findings->elements) return elements;
    const judge::Element& worst = *check.findings->worst;
    const double want = worst.want.hi;
    const Format format = format_of(tensor_name::is_elementwise(check.tensor) ? dtype : statistics_dtype(dtype));
    elements.push_back({worst.channel, want, worst.error,
                        worst.error == 0      ? 0
                        : std::isfinite(want) ? worst.error / format.ulp(want)
                                              : std::numeric_limits<double>::infinity(),
                        worst.bound});
    return elements;
}

Json to_json(const CheckReport& check, const CaseReport& report, Dtype dtype) {
    Json json{{"check", check.check}, {"tensor", check.tensor}, {"verdict", name_of(check.verdict)}};
    if (!check.property.empty()) json["property"] = check.property;
    if (!check.method.empty()) json["method"] = check.method;
    if (check.entries) add_entries(json, check, report);
    if (check.findings) {
        const judge::TensorFindings& f = *check.findings;
        const Format format = format_of(tensor_name::is_elementwise(check.tensor) ? dtype : statistics_dtype(dtype));
        const auto found = check.required ? f.accuracy_class() : std::nullopt;
        json["class"] = found ? Json(*found) : Json(nullptr);
        json["required"] = check.required ? Json(name_of(*check.required)) : Json(nullptr);
        json["max_abs"] = number(f.max_abs);
        // Held against another output or 0, nothing is relative to the truth.
        const bool against_truth = check.check != "properties" && check.check != "determinism";
        if (against_truth) json["max_rel"] = number(f.max_rel);
        if (against_truth) json["max_ulp"] = number(f.max_ulp);
        json["utilisation"] = number(f.utilisation);
        if (against_truth) json["correct_digits"] = number(std::round(f.correct_digits(format) * 100) / 100);
        json["elements"] = f.elements;
        json["failed"] = f.failed;
        json["inconclusive"] = f.inconclusive;
        if (std::any_of(f.decided.begin(), f.decided.end(), [](std::size_t n) { return n > 0; })) {
            Json& decided = json["decided"] = Json::object();
            for (std::size_t level = 0; level < oracle::levels; ++level)
                decided[std::string(oracle::name_of(static_cast<oracle::LevelName>(level)))] = f.decided[level];
        }
        json["worst"] = f.worst ? worst_of(check, report) : Json(nullptr);
    }
    if (!check.profile.elements.empty()) json["plot"] = plot_data(with_worst(check, dtype), check.profile.channels);
    if (!check.sample.empty()) json["sample"] = check.sample;
    if (const std::size_t evaluations = check.entries ? check.entries->evaluations : check.evaluations)
        json["evaluations"] = evaluations;
    if (check.slope) json["slope"] = number(std::round(*check.slope * 100) / 100);
    for (const CurvePoint& point : check.curve)
        json["curve"].push_back(
            {{"h", number(point.h)}, {"remainder", number(point.remainder)}, {"allowed", number(point.allowed)}});
    for (const ArrangementFigure& figure : check.arrangements)
        json["arrangements"].push_back({{"name", figure.name}, {"max_error", number(figure.max_error)}});
    if (check.allowed_ulp) json["allow"] = {{"ulp", *check.allowed_ulp}};
    if (!check.reason.empty()) json["reason"] = check.reason;
    return json;
}

}  // namespace

CheckReport without_findings(std::string check, std::string tensor, Verdict verdict, std::string reason) {
    CheckReport report;
    report.check = std::move(check);
    report.tensor = std::move(tensor);
    report.verdict = verdict;
    report.reason = std::move(reason);
    return report;
}

Json number(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

Verdict worst_verdict(const std::vector<CheckReport>& checks) {
    for (Verdict v : {Verdict::error, Verdict::fail, Verdict::xpass, Verdict::inconclusive, Verdict::xfail, Verdict::pass})
        if (std::any_of(checks.begin(), checks.end(), [&](const CheckReport& c) { return c.verdict == v; })) return v;
    return Verdict::skipped;
}

Json to_json(const CaseReport& r, Dtype dtype) {
    Json json{{"id", r.id},
              {"suite", r.suite},
              {"verdict", name_of(r.verdict)},
              {"shape", r.shape.empty() ? Json(nullptr) : Json(r.shape)},
              {"dtype", r.dtype},
              {"layout", r.layout},
              {"mode", r.mode},
              {"eps", number(r.eps)},
              {"momentum", r.momentum ? Json(*r.momentum) : Json(nullptr)},
              {"convention", r.convention},
              {"seed", r.seed},
              {"affine", r.affine},
              {"running", r.running},
              {"steps", r.steps},
              {"data", r.data},
              {"require", r.required},
              {"repro", r.repro},
              {"conditioning",
               {{"kappa", r.kappa > 0 ? number(r.kappa) : Json(nullptr)},  // 1 at least, once anything is judged
                {"mean_over_stddev", r.kappa > 0 ? number(r.mean_over_stddev) : Json(nullptr)},
                {"resolution", number(r.resolution)}}},
              {"evidence", r.resolution > 0}};
    if (!r.tags.empty()) json["tags"] = r.tags;
    if (!r.note.empty()) json["note"] = r.note;
    if (!r.reason.empty()) json["reason"] = r.reason;
    json["checks"] = Json::array();
    for (const CheckReport& check : r.checks) json["checks"].push_back(to_json(check, r, dtype));
    return json;
}

Json summarize(const Json& cases, bool strict) {
    Json summary{{"verdict", ""},     {"cases", cases.size()}, {"checks", 0}, {"pass", 0},  {"fail", 0},
                 {"inconclusive", 0}, {"skipped", 0},          {"error", 0},  {"xfail", 0}, {"xpass", 0}};
    std::size_t checks = 0;
    for (const Json& c : cases) {
        const std::string verdict = c["verdict"];
        summary[verdict] = summary[verdict].get<std::size_t>() + 1;
        checks += c["checks"].size();
    }
    summary["checks"] = checks;
    const auto any = [&](const char* key) { return summary[key].get<std::size_t>() > 0; };
    summary["verdict"] = any("error")                    ? "error"
                         : any("fail")                   ? "fail"
                         : any("xpass")                  ? "xpass"
                         : any("inconclusive") && strict ? "fail"
                         : any("pass") || any("inconclusive") || any("xfail")
                             ? (any("pass") || any("xfail") ? "pass" : "inconclusive")
                             : "skipped";
    return summary;
}

bool is_partial(const Json& report) {
    const auto summary = report.find("summary");
    if (summary == report.end() || !summary->is_object()) return false;
    const auto partial = summary->find("partial");
    return partial != summary->end() && *partial == true;
}

int exit_code(const Json& report, bool strict) {
    const Json& summary = report["summary"];
    const auto count = [&](const char* key) { return summary[key].get<std::size_t>(); };
    if (count("error")) return 3;
    if (count("fail") || count("xpass") || (strict && count("inconclusive"))) return 1;
    if (report.contains("known_failures") && !report["known_failures"]["unmatched"].empty()) return 1;
    if (is_partial(report)) return 1;  // what was not run has not passed
    // Of a shard, the others may have what this one lacks: `merge` tells.
    const bool is_part = report.contains("shard") && report["shard"]["selected"] > 0;
    if (count("skipped") == count("cases") && !is_part) return 4;
    return 0;
}

}  // namespace bncheck::report
