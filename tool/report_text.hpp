#pragma once

#include <string>

namespace bncheck::tool {

/// A report's name for messages and its text: of a file, or of stdin where `argument` is "-". Throws Error{usage}.
struct ReportText {
    std::string name, text;
};
ReportText report_text(const std::string& argument);

}  // namespace bncheck::tool
