#pragma once

#include <sstream>
#include <vector>

#include "shell.hpp"

/// The commands of the README, lines that begin with four spaces, that have a word in them.
inline std::vector<std::string> commands_of_readme(const std::string& word) {
    std::vector<std::string> commands;
    std::istringstream readme(read_text(BNCHECK_SOURCE "/README.md"));
    for (std::string line; std::getline(readme, line);)
        if (line.starts_with("    ") && line.find(word) != std::string::npos) commands.push_back(line.substr(4));
    return commands;
}

/// A folder that looks like the top of the sources to these commands: scripts/bncheck is the tool as it was built.
struct Top : Folder {
    Top() {
        for (const char* folder : {"scripts/candidates", "scripts/plugins"}) std::filesystem::create_directories(path / folder);
        std::filesystem::create_symlink(BNCHECK_BINARY, path / "scripts/bncheck");
        std::filesystem::create_symlink(BNCHECK_SOURCE "/lib", path / "lib");
    }
    /// Puts a source of the project there, `wrong` in the place of `right` in it, which must be there.
    void copy(const std::string& source, const std::string& right = "", const std::string& wrong = "") const {
        std::string text = read_text(BNCHECK_SOURCE "/" + source);
        if (!right.empty()) text.replace(text.find(right), right.size(), wrong);
        write(source, text);
    }
    Outcome run(const std::string& command) const { return shell("cd " + path.string() + " && " + command); }
};
