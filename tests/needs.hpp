#pragma once

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include "shell.hpp"

/// CTest shows a test as skipped when it exits with 77; Catch2 2 has no word for it.
[[noreturn]] inline void skip(const std::string& reason) {
    std::cout << "skipped: " << reason << "\n";
    std::exit(77);
}

inline void need(const std::string& module) {
    if (!has_python_module(module)) skip("Debian's python3-" + module + " is not installed");
}

inline void need_program(const std::string& name) {
    if (shell("command -v " + name).code != 0) skip(name + " is not installed");
}

inline void need_node_module(const std::string& name) {
    need_program("node");
    if (!std::filesystem::exists(BNCHECK_SOURCE "/scripts/candidates/node_modules/" + name))
        skip("npm's " + name + " is not installed in scripts/candidates; scripts/install test does that");
}
