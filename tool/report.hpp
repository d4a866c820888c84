#pragma once

#include <string>

#include "report_files.hpp"

namespace bncheck::tool {

/// What `report` was told on the command line.
struct ReportArguments {
    std::string report;  ///< a file, or - for stdin
    ReportPlaces places;
    bool quiet = false, verbose = false;
    std::string color = "auto";
};

/// Renders a report that was written with --json. The exit code is that of the run.
int report_command(const ReportArguments& arguments);

}  // namespace bncheck::tool
