#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

/// The real binary, run as a user would; GitHub's variables, where it runs the tests, are not for it.
struct Outcome {
    int code;
    std::string out;  ///< stdout and stderr
};

/// A plugin's crash is to end its process by the signal, and not as AddressSanitizer would end it.
inline const std::string crashes_are_signals = "handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0";

inline Outcome shell(const std::string& command) {
    Outcome outcome{-1, ""};
    const std::string line = "unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY; export ASAN_OPTIONS=" + crashes_are_signals +
                             "; cd " BNCHECK_SOURCE " && { " + command + " ; } 2>&1";
    FILE* pipe = popen(line.c_str(), "r");
    std::array<char, 4096> buffer;
    while (const std::size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) outcome.out.append(buffer.data(), n);
    const int status = pclose(pipe);
    outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
}

inline Outcome bncheck_tool(const std::string& arguments) { return shell(BNCHECK_BINARY " " + arguments); }

/// A new folder, removed at the end of a test.
struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "bncheck-test-XXXXXX").string();
        path = mkdtemp(name.data());
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path / name) << text;
        return (path / name).string();
    }
};

inline std::string read_text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

inline bool has_python_module(const std::string& module) {
    return shell("/usr/bin/python3 -c 'import " + module + "'").code == 0;
}
