#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bncheck/suite/case.hpp"

namespace bncheck::suite {

struct Suite {
    std::string name, note;
    std::string argument;      ///< a file's path or a built-in name
    std::string command_line;  ///< what selects it on a command line, quoted: the argument, or flags
    std::string digest;        ///< of the file's text, 16 hexadecimal digits: FNV-1a and Philox, to tell files apart by
    std::vector<Case> cases;
};

struct Builtin {
    std::string_view name, text;
};

/// The suites of `cases/`, built into the library, in alphabetical order.
std::span<const Builtin> builtin_suites();

/// One case file. Throws Error{usage} with the place and a way out; a file is read whole or not at all.
Suite read_suite(const std::string& argument, std::string_view text, const std::filesystem::path& folder, bool confined = true);

/// Suites by argument: a file, a folder (all *.json in it, sorted), a built-in name, or "all" built-in ones. No name twice.
std::vector<Suite> load_suites(const std::vector<std::string>& arguments);

/// A text file whole. Throws Error{usage} with the path.
std::string read_text(const std::filesystem::path& path);

/// JSON schema (draft-07) of case files.
std::string_view suite_schema();

}  // namespace bncheck::suite
