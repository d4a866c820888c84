#pragma once

#include <string>
#include <vector>

#include "bncheck/report/html_case.hpp"

namespace bncheck::report {

/// The elements of a page's cases, each in as much detail as there is room for, the worst first:
///   a tenth of the room for figures of the worst of what did not pass, and half of it until what did not pass has its checks
///   and worst elements; then how to run every other case again, then their checks, then everything of as many as fit.
class HtmlCases {
public:
    /// `order`: numbers of the cases that may be told of, the worst first.
    HtmlCases(const Json& cases, const std::vector<std::size_t>& order, std::size_t most_bytes);

    /// In the order of the report.
    std::string html() const;
    bool has(std::size_t k) const { return details_[k] > Detail::absent; }
    /// How many of all cases have less than this detail.
    std::size_t count_below(Detail detail) const;

private:
    /// The first of these details that is more than the case has, and that fits.
    void give(std::size_t k, std::initializer_list<Detail> wanted, std::size_t most_bytes);

    const Json& cases_;
    std::vector<Detail> details_;
    std::vector<std::string> html_;
    std::size_t bytes_ = 0;
};

}  // namespace bncheck::report
