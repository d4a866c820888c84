#include "diff.hpp"

#include <iostream>
#include <limits>

#include "bncheck/core/error.hpp"
#include "bncheck/report/diff.hpp"
#include "bncheck/report/reader.hpp"
#include "report_text.hpp"
#include "whole_file.hpp"
#include "whole_number.hpp"

namespace bncheck::tool {
namespace {

/// Lines of each kind that a person reads.
constexpr std::size_t shown = 10;

}  // namespace

void add_diff(CLI::App& command, DiffArguments& d) {
    command.add_option("before", d.before, "a report, or - for stdin")->required();
    command.add_option("after", d.after, "the report that is to be no worse, or -")->required();
    command
        .add_option("--digits-tolerance", d.digits_tolerance,
                    "fail where a check has lost more than so many of its correct decimal digits; without it none are counted")
        ->check(CLI::Range(0.0, 1e3))
        ->check(a_number);
    command.add_option("--json", d.json, "write the changes to a file, or - for stdout");
    command.add_flag("-v,--verbose", d.verbose, "show every change");
}

int diff_command(const DiffArguments& arguments) {
    if (arguments.before == "-" && arguments.after == "-")
        throw Error(Fault::usage, "format", "after", "is stdin, as the first report is", "name a file for one of them");
    const ReportText texts[] = {report_text(arguments.before), report_text(arguments.after)};
    const report::Json before = report::read_report(texts[0].name, texts[0].text);
    const report::Json after = report::read_report(texts[1].name, texts[1].text);
    for (const auto& [name, json] : {std::pair(texts[0].name, &before), std::pair(texts[1].name, &after)})
        if (report::is_partial(*json))
            throw Error(Fault::usage, "format", name, "is of a run that was interrupted: what it lacks would not be missed",
                        "go on with that run by --resume");
    const report::Differences found = report::diff(before, after, arguments.digits_tolerance);
    const std::string dumped = to_json(found).dump(1, ' ', false, report::Json::error_handler_t::replace) + "\n";
    if (!arguments.json.empty() && arguments.json != "-") WholeFile(arguments.json).finish(dumped);
    if (arguments.json == "-")
        std::cout << dumped;
    else
        std::cout << text_of(found, arguments.verbose ? std::numeric_limits<std::size_t>::max() : shown);
    std::cout.flush();
    if (!std::cout)
        throw Error(Fault::usage, "io", "stdout", "cannot be written", "write the changes to a file with --json FILE");
    return found.worse ? 1 : 0;
}

}  // namespace bncheck::tool
