#pragma once

#include <functional>
#include <string>
#include <vector>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// The matrix of cases by tensors, with what filters it: a section of the page.
class HtmlMatrix {
public:
    explicit HtmlMatrix(const Json& cases);

    /// Of a case's row.
    std::size_t bytes(std::size_t k) const;
    /// The rows of these cases; the names of those that have an element of their own lead to it.
    std::string html(const std::vector<char>& listed, const std::function<bool(std::size_t)>& has_element) const;

private:
    std::string row(std::size_t k, bool has_element) const;

    const Json& cases_;
    std::vector<std::string> columns_, rows_;  ///< rows without the name of the case
};

}  // namespace bncheck::report
