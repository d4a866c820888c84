#include "bncheck/report/html_cases.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bncheck::report {

HtmlCases::HtmlCases(const Json& cases, const std::vector<std::size_t>& order, std::size_t most_bytes)
    : cases_(cases), details_(cases.size(), Detail::absent), html_(cases.size()) {
    const auto passes = [&](std::size_t k) { return cases[k]["verdict"] == "pass"; };
    for (const std::size_t k : order)
        if (!passes(k)) give(k, {Detail::plots, Detail::exact}, most_bytes / 10);
    for (const std::size_t k : order)
        if (!passes(k)) give(k, {Detail::brief}, most_bytes / 2);
    for (const std::size_t k : order) give(k, {Detail::none}, most_bytes);
    for (const std::size_t k : order) give(k, {Detail::brief}, most_bytes);
    for (const std::size_t k : order) give(k, {Detail::plots, Detail::exact}, most_bytes);
}

std::string HtmlCases::html() const {
    std::string text;
    for (const std::string& c : html_) text += c;
    return text;
}

std::size_t HtmlCases::count_below(Detail detail) const {
    return static_cast<std::size_t>(std::count_if(details_.begin(), details_.end(), [&](Detail its) { return its < detail; }));
}

void HtmlCases::give(std::size_t k, std::initializer_list<Detail> wanted, std::size_t most_bytes) {
    if (bytes_ >= most_bytes) return;
    for (const Detail detail : wanted) {
        if (detail <= details_[k]) return;
        std::string more = html_case(cases_[k], k, detail);
        if (bytes_ - html_[k].size() + more.size() > most_bytes) continue;
        bytes_ += more.size() - html_[k].size();
        html_[k] = std::move(more);
        details_[k] = detail;
        return;
    }
}

}  // namespace bncheck::report
