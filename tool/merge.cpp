#include "merge.hpp"

#include <filesystem>
#include <iostream>

#include "bncheck/core/error.hpp"
#include "bncheck/core/printable.hpp"
#include "bncheck/report/checked_report.hpp"
#include "bncheck/report/gradient_text.hpp"
#include "bncheck/report/merge.hpp"
#include "bncheck/report/text.hpp"
#include "report_text.hpp"
#include "whole_file.hpp"

namespace bncheck::tool {

void add_merge(CLI::App& command, MergeArguments& m) {
    command.add_option("reports", m.reports, "the reports of all shards, in any order")->required();
    command.add_option("--json", m.json, "write the report of the whole run to a file, or - for stdout");
}

int merge_command(const MergeArguments& arguments) {
    std::vector<report::NamedReport> reports;
    for (const std::string& file : arguments.reports) {
        const auto [name, text] = report_text(file);
        reports.push_back({name, report::read_checked_report(name, text)});
    }
    std::error_code none;
    for (const std::string& file : arguments.reports)
        if (file != "-" && std::filesystem::equivalent(file, arguments.json, none))
            throw Error(Fault::usage, "format", "--json", "'" + arguments.json + "' is one of the shards", "name another file");
    const report::Json merged = report::merge(std::move(reports));
    const std::string dumped = merged.dump(1, ' ', false, report::Json::error_handler_t::replace) + "\n";
    if (!arguments.json.empty() && arguments.json != "-") WholeFile(arguments.json).finish(dumped);
    if (arguments.json == "-") {
        std::cout << dumped;
    } else {
        for (const report::Json& c : merged["cases"])
            if (const std::string verdict = c["verdict"]; report::is_bad(verdict))
                std::cout << verdict << " " << printable(c["id"]) << "\n  repro: " << printable(c["repro"]) << "\n";
        std::cout << report::summary_text(merged, {}) << report::decided_text(merged);
    }
    std::cout.flush();
    if (!std::cout)
        throw Error(Fault::usage, "io", "stdout", "cannot be written", "write the report to a file with --json FILE");
    return report::exit_code(merged, merged["options"]["strict"].get<bool>());
}

}  // namespace bncheck::tool
