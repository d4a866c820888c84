#include "report.hpp"

#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/report/checked_report.hpp"
#include "bncheck/report/failures.hpp"
#include "bncheck/report/gradient_text.hpp"
#include "bncheck/report/text.hpp"
#include "commands.hpp"
#include "report_text.hpp"
#include "terminal.hpp"

namespace bncheck::tool {
namespace {

using report::Json;

/// Of the methods of a case of `gradcheck`, where `environment` knows them.
std::map<std::string, double> seconds_of(const Json& environment, const std::string& id) {
    std::map<std::string, double> seconds;
    const auto cases = environment.find("seconds_by_method");
    if (cases == environment.end() || !cases->is_object() || !cases->contains(id)) return seconds;
    for (const auto& [method, time] : (*cases)[id].items())
        if (time.is_number()) seconds[method] = time.get<double>();
    return seconds;
}

}  // namespace

int report_command(const ReportArguments& arguments) {
    const auto [name, text] = report_text(arguments.report);
    const Json report = report::read_checked_report(name, text);
    ReportFiles files(arguments.places);
    if (!files.hold_stdout()) {
        const report::TextStyle style{wants_color(arguments.color), arguments.quiet, arguments.verbose,
                                      columns_of(STDOUT_FILENO)};
        for (const Json& c : report["cases"])
            std::cout << (c["repro"].get<std::string>().starts_with("bncheck gradcheck ")
                              ? report::gradient_text(c, seconds_of(report["environment"], c["id"]), style)
                              : report::case_text(c, style));
        std::cout << report::summary_text(report, style) << report::decided_text(report);
    }
    files.write(report);
    return report::exit_code(report, report::is_strict(report));
}

}  // namespace bncheck::tool
