#include "bncheck/report/coverage.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace bncheck::report {
namespace {

/// What the cases that ran had, together.
struct Seen {
    std::set<std::string> modes, dtypes, layouts, x_data, dy_data, judged, withheld, checks;
    std::size_t cases = 0;
    bool channels = false, odd = false, beyond_vectors = false, far_mean = false, resolves = false, affine = false;
};

bool has_findings(const Json& check) { return check.contains("elements") && check["elements"].get<std::size_t>() > 0; }

/// Of a pass, not of an identity between passes.
bool asked_directly(const Json& check) {
    const Json& name = check["check"];
    return name == "forward" || name == "running" || name == "backward";
}

void add(Seen& seen, const Json& c) {
    for (const Json& check : c["checks"]) {
        if (has_findings(check)) {
            seen.judged.insert(check["tensor"].get<std::string>());
            seen.checks.insert(check["check"].get<std::string>());
        } else if (check.value("reason", "") == "not provided" && asked_directly(check)) {
            seen.withheld.insert(check["tensor"].get<std::string>());
        }
    }
    if (std::none_of(c["checks"].begin(), c["checks"].end(), has_findings)) return;  // refused or skipped
    ++seen.cases;
    seen.modes.insert(c["mode"].get<std::string>());
    seen.dtypes.insert(c["dtype"].get<std::string>());
    seen.layouts.insert(c["layout"].get<std::string>());
    seen.x_data.insert(c["data"]["x"].get<std::string>());
    if (seen.checks.count("backward")) seen.dy_data.insert(c["data"]["dy"].get<std::string>());
    std::size_t m = 1;
    for (std::size_t d = 0; d < c["shape"].size(); ++d)
        if (d != 1) m *= c["shape"][d].get<std::size_t>();
    seen.channels = seen.channels || c["shape"][1].get<std::size_t>() > 1;
    seen.odd = seen.odd || m % 2 == 1;
    seen.beyond_vectors = seen.beyond_vectors || m > 64;
    seen.affine = seen.affine || c["affine"].get<bool>();
    const Json& conditioning = c["conditioning"];
    const Json& far = conditioning["mean_over_stddev"];
    seen.far_mean = seen.far_mean || c["mode"] == "eval" || (far.is_number() && far.get<double>() >= 10) || far == "inf";
    seen.resolves = seen.resolves || conditioning["resolution"].get<double>() > 0;
}

std::string joined(const std::set<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

std::vector<std::string> not_tested(const Json& cases, const Json& candidate) {
    Seen seen;
    for (const Json& c : cases) add(seen, c);
    if (seen.cases == 0) return {"anything: no case was put to the candidate"};
    std::vector<std::string> open;
    std::set<std::string> never;
    for (const std::string& tensor : seen.withheld)
        if (!seen.judged.count(tensor)) never.insert(tensor);
    if (!never.empty()) open.push_back(joined(never) + " (never provided)");
    if (!seen.judged.count("y")) open.push_back("the forward pass");
    if (!seen.judged.count("dx")) open.push_back("the backward pass");
    const Json passes = candidate.value("passes", Json::array());
    if (std::find(passes.begin(), passes.end(), "double-backward") != passes.end() && !seen.judged.count("gx"))
        open.push_back("the double backward");
    if (!seen.judged.count("running_var") && !never.count("running_var")) open.push_back("running statistics");
    if (!seen.modes.count("train")) open.push_back("training");
    if (!seen.modes.count("eval")) open.push_back("inference");
    const auto missing = [&](const char* key, const std::set<std::string>& had) {
        std::set<std::string> rest;
        for (const Json& word : candidate.value(key, Json::array()))
            if (!had.count(word.get<std::string>())) rest.insert(word.get<std::string>());
        if (!rest.empty()) open.push_back(joined(rest));
    };
    missing("dtypes", seen.dtypes);
    missing("layouts", seen.layouts);
    const auto only = [](const std::set<std::string>& had, const std::set<std::string>& special) {
        return !had.empty() && std::includes(special.begin(), special.end(), had.begin(), had.end());
    };
    if (only(seen.x_data, {"constant", "impulse", "lattice", "subnormal"}))
        open.push_back("accuracy on ordinary data (x was " + joined(seen.x_data) + " alone)");
    if (only(seen.dy_data, {"constant"})) open.push_back("dx and dgamma (dy was uniform: they are zero)");
    if (!seen.channels) open.push_back("more than one channel");
    if (!seen.odd) open.push_back("an odd number of values a channel");
    if (!seen.beyond_vectors) open.push_back("more than 64 values a channel");
    if (!seen.affine) open.push_back("gamma and beta");
    if (seen.modes.count("train") && !seen.far_mean) open.push_back("a mean far from zero, where algorithms differ");
    if (!seen.resolves) open.push_back("an omitted element (no case could notice one)");
    return open;
}

}  // namespace bncheck::report
