#include "saved.hpp"

#include <filesystem>
#include <iostream>
#include <map>

#include "bncheck/candidate/exported_case.hpp"
#include "bncheck/candidate/saved.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/run/selection.hpp"
#include "bncheck/suite/case_reader.hpp"
#include "case_selection.hpp"

namespace bncheck::tool {
namespace {

namespace fs = std::filesystem;

struct CasesAndFolder {
    std::vector<suite::Suite> suites;
    std::string folder;
};

CasesAndFolder understood(const RunArguments& arguments, const std::string& command) {
    const std::vector<std::string>& words = arguments.suites;
    const bool from_flags = !arguments.flags.empty();
    if (words.size() != (from_flags ? 1 : 2))
        throw Error(Fault::usage, "format", "bncheck " + command,
                    from_flags ? "a case from flags wants DIR beside it, and nothing else" : "wants CASE and DIR",
                    "such as 'bncheck " + command + " smoke/known-answer my_folder'");
    CasesAndFolder understood{
        from_flags ? std::vector{suite::suite_from_flags(arguments.flags)} : named_cases(words[0], "CASE"), words.back()};
    if (understood.folder.empty())
        throw Error(Fault::usage, "format", "DIR", "is empty", "name a folder; . is the one you are in");
    return understood;
}

std::string why_not_written(const suite::Case& c, const bn::Convention& convention) {
    if (c.refusal) return "the case must be refused: nothing is computed for it";
    if (const std::string why = suite::obstacle_under(convention, c); !why.empty()) return why;
    if (!suite::judges(c, "forward") && !suite::judges(c, "backward") && !suite::judges(c, "double-backward"))
        return "no check of the case is about tensors that can be saved";
    if (suite::memory_needed(c, true) > suite::physical_memory()) return "needs more than this machine's memory";
    return "";
}

/// Whether the tensors of the only case that is selected are in the folder, or are the .npz file, that is named.
bool holds_the_case_itself(CasesAndFolder what, const run::Options& options) {
    run::select(what.suites, options);
    std::vector<const suite::Case*> cases;
    for (const suite::Suite& suite : what.suites)
        for (const suite::Case& c : suite.cases) cases.push_back(&c);
    const bool is_file = fs::is_regular_file(what.folder);
    if (is_file && cases.size() > 1)
        throw Error(Fault::usage, "format", what.folder,
                    "is a file, which holds the outputs of one case, and " + std::to_string(cases.size()) + " are named",
                    "name one case, or a folder that holds SUITE/NAME.npz");
    if (is_file || cases.size() != 1) return is_file;
    const candidate::SavedPlace place = candidate::saved_place(what.folder, *cases[0]);
    return !candidate::holds_outputs(place.folder) && !fs::exists(place.archive) && candidate::holds_outputs(what.folder);
}

}  // namespace

int export_command(const RunArguments& arguments, bool as_archive) {
    CasesAndFolder what = understood(arguments, "export");
    run::select(what.suites, arguments.options);
    if (arguments.options.seed)
        for (suite::Suite& suite : what.suites)
            for (suite::Case& c : suite.cases) c.seed = *arguments.options.seed;
    std::size_t written = 0;
    std::map<std::string, std::vector<std::string>> left_out;  ///< by reason
    for (const suite::Suite& suite : what.suites)
        for (const suite::Case& c : suite.cases) {
            const bn::Convention& convention =
                *(arguments.options.cases.convention ? arguments.options.cases.convention : c.convention);
            if (const std::string why = why_not_written(c, convention); !why.empty()) {
                left_out[why].push_back(c.id());
                continue;
            }
            const candidate::ExportedCase exported = candidate::export_case(c, convention, what.folder, as_archive);
            std::cout << exported.folder.string() << ":";
            for (const std::string& tensor : exported.tensors) std::cout << " " << tensor;
            std::cout << "\n";
            ++written;
        }
    for (const auto& [why, ids] : left_out)
        std::cerr << "bncheck: not exported: " << ids[0]
                  << (ids.size() > 1 ? " and " + std::to_string(ids.size() - 1) + " more" : "") << ": " << why << "\n";
    if (written == 0) std::cerr << "bncheck: no case was exported; 'bncheck list' shows the built-in ones\n";
    return written ? 0 : 4;
}

int compare_command(RunArguments arguments) {
    CasesAndFolder what = understood(arguments, "compare");
    arguments.options.command = "compare";
    arguments.options.candidate = "saved:" + what.folder;
    const bool itself = holds_the_case_itself(what, arguments.options);
    return run_suites(std::move(what.suites), arguments,
                      [&] { return itself ? candidate::make_saved_case(what.folder) : candidate::make_saved(what.folder); });
}

}  // namespace bncheck::tool
