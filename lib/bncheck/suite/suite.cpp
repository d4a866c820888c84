#include "bncheck/suite/suite.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "bncheck/core/digest.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/core/shell_words.hpp"
#include "bncheck/suite/case_reader.hpp"

namespace bncheck::suite {
namespace {

namespace fs = std::filesystem;

Suite read_file(const fs::path& path) {
    const fs::path folder = path.parent_path().empty() ? "." : path.parent_path();
    return read_suite(path.string(), read_text(path), folder);
}

const Builtin* builtin_named(const std::string& name) {
    for (const Builtin& builtin : builtin_suites())
        if (builtin.name == name) return &builtin;
    return nullptr;
}

std::vector<fs::path> case_files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

void append(std::vector<Suite>& suites, const std::string& argument) {
    if (argument == "all") {
        for (const Builtin& builtin : builtin_suites()) append(suites, std::string(builtin.name));
    } else if (fs::is_directory(argument)) {
        const std::vector<fs::path> files = case_files_in(argument);
        // Tensors of a built-in suite are kept in folders of its name.
        if (const Builtin* builtin = files.empty() ? builtin_named(argument) : nullptr)
            return suites.push_back(read_suite(argument, builtin->text, "."));
        if (files.empty())
            throw Error(Fault::usage, "format", argument, "has no case file (*.json) in it", "name another folder");
        for (const fs::path& file : files) suites.push_back(read_file(file));
    } else if (fs::exists(argument)) {
        suites.push_back(read_file(argument));
    } else if (const Builtin* builtin = builtin_named(argument)) {
        suites.push_back(read_suite(argument, builtin->text, "."));
    } else {
        std::vector<std::string> known{"all"};
        for (const Builtin& b : builtin_suites()) known.emplace_back(b.name);
        throw Error(Fault::usage, "format", argument, "there is no such file, folder or built-in suite",
                    suggestion(argument, known));
    }
}

}  // namespace

std::string read_text(const std::filesystem::path& path) {
    std::error_code none;
    if (fs::is_directory(path, none)) throw Error(Fault::usage, "format", path.string(), "is a folder", "name a file");
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (in) text << in.rdbuf();
    if (!in || (text.fail() && fs::is_regular_file(path, none) && fs::file_size(path, none) != 0))
        throw Error(Fault::usage, "format", path.string(), std::string("cannot be read: ") + std::strerror(errno),
                    "check its name and permissions");
    return text.str();
}

Suite read_suite(const std::string& argument, std::string_view text, const fs::path& folder, bool confined) {
    const Json json = parse_json(argument, text);
    const Value root(json, argument, "");
    root.only({"$schema", "suite", "note", "defaults", "cases"});
    Suite suite;
    suite.argument = argument;
    suite.command_line = shell_quoted(argument.starts_with('-') ? "./" + argument : argument);
    suite.digest = digest_of(text);
    const Value name = root.at("suite");
    suite.name = name.as_string();
    if (!std::regex_match(suite.name, std::regex("[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")))
        name.refuse("format", "cannot be a suite's name",
                    "use letters, digits and . _ + -, at most 100, a letter or digit first");
    if (auto note = root.find("note")) suite.note = note->as_string();
    const auto defaults = root.find("defaults");
    if (defaults) defaults->only(default_keys());
    std::map<std::string, std::string> seen;
    for (const Value& source : root.at("cases").elements()) {
        source.only(case_keys());
        for (const Lookup& lookup : expand_matrix(source, defaults)) {
            const auto [first, is_new] = seen.emplace(expanded_name(lookup), source.place());
            if (!is_new)
                source.at("name").refuse("format", "a case named '" + first->first + "' stands twice",
                                         source.find("matrix") ? "give the name a {placeholder} for every key of the matrix"
                                                               : "rename one of the two");
            suite.cases.push_back(read_case(suite.name, folder, confined, lookup));
        }
    }
    if (suite.cases.empty()) root.at("cases").refuse("format", "is empty", "a suite needs at least one case");
    return suite;
}

std::vector<Suite> load_suites(const std::vector<std::string>& arguments) {
    std::vector<Suite> suites;
    for (const std::string& argument : arguments) append(suites, argument);
    std::map<std::string, std::string> seen;
    for (const Suite& suite : suites) {
        const auto [first, is_new] = seen.emplace(suite.name, suite.argument);
        if (!is_new)
            throw Error(Fault::usage, "format", suite.argument,
                        "is a second suite named '" + suite.name + "', after " + first->second,
                        "rename it, or run the two apart");
    }
    return suites;
}

}  // namespace bncheck::suite
