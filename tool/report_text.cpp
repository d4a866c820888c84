#include "report_text.hpp"

#include <iostream>
#include <iterator>

#include "bncheck/suite/suite.hpp"

namespace bncheck::tool {

ReportText report_text(const std::string& argument) {
    if (argument != "-") return {argument, suite::read_text(argument)};
    return {"stdin", {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()}};
}

}  // namespace bncheck::tool
