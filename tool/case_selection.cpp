#include "case_selection.hpp"

#include <algorithm>
#include <filesystem>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"

namespace bncheck::tool {
namespace {

struct Selection {
    std::string file, name;  ///< name: empty where none is given
};

bool is_builtin(const std::string& name) {
    const auto builtin = suite::builtin_suites();
    return std::any_of(builtin.begin(), builtin.end(), [&](const suite::Builtin& b) { return b.name == name; });
}

/// A path comes first, but for a folder named like a built-in case, where tensors of that case are kept; the last colon parts a
/// name off.
Selection understood(const std::string& text, const std::string& option) {
    const std::size_t slash = text.find('/');
    const bool names_builtin = slash != std::string::npos && is_builtin(text.substr(0, slash));
    if (std::filesystem::exists(text) && !(names_builtin && std::filesystem::is_directory(text))) return {text, ""};
    if (names_builtin) return {text.substr(0, slash), text.substr(slash + 1)};
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) return {text, ""};
    Selection selection{text.substr(0, colon), text.substr(colon + 1)};
    if (selection.file.empty() || selection.name.empty())
        throw Error(Fault::usage, "format", option, "is '" + text + "'",
                    "write FILE or FILE:NAME, or SUITE/NAME of a built-in suite");
    return selection;
}

}  // namespace

std::vector<suite::Suite> named_cases(const std::string& argument, const std::string& option) {
    const Selection selection = understood(argument, option);
    std::vector<suite::Suite> suites = suite::load_suites({selection.file});
    if (selection.name.empty()) return suites;
    std::vector<std::string> names;
    for (suite::Suite& suite : suites) {
        for (const suite::Case& c : suite.cases) names.push_back(suites.size() > 1 ? c.id() : c.name);
        std::erase_if(suite.cases, [&](const suite::Case& c) { return c.name != selection.name && c.id() != selection.name; });
    }
    std::erase_if(suites, [](const suite::Suite& suite) { return suite.cases.empty(); });
    if (!suites.empty()) return suites;
    const std::string near = nearest(selection.name, names);
    throw Error(Fault::usage, "format", option, "there is no case '" + selection.name + "' in " + selection.file,
                near.empty() ? "its cases are " + listed(names, 10) : "did you mean '" + near + "'?");
}

std::vector<suite::Suite> suites_and_cases(const std::vector<std::string>& arguments) {
    std::vector<std::string> whole;
    std::vector<suite::Suite> parts;
    for (const std::string& argument : arguments) {
        const std::size_t slash = argument.find('/');
        if (slash == std::string::npos || !is_builtin(argument.substr(0, slash)) || std::filesystem::exists(argument)) {
            whole.push_back(argument);
            continue;
        }
        suite::Suite named = std::move(named_cases(argument, argument).front());
        const auto same = std::find_if(parts.begin(), parts.end(), [&](const suite::Suite& s) { return s.name == named.name; });
        if (same == parts.end())
            parts.push_back(std::move(named));
        else
            same->cases.push_back(std::move(named.cases.front()));
    }
    std::vector<suite::Suite> suites = whole.empty() ? std::vector<suite::Suite>{} : suite::load_suites(whole);
    for (suite::Suite& part : parts) {
        if (std::any_of(suites.begin(), suites.end(), [&](const suite::Suite& s) { return s.name == part.name; })) continue;
        suites.push_back(std::move(part));
    }
    return suites;
}

}  // namespace bncheck::tool
