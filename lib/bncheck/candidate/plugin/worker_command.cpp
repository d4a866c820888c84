#include <unistd.h>

#include <filesystem>

#include "bncheck/candidate/plugin/worker.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;

/// The program that has the subcommand plugin-worker: this one, or where the library is linked to another, bncheck on the PATH.
std::string worker_program() {
    std::error_code none;
    const fs::path self = fs::read_symlink("/proc/self/exe", none);
    return !none && self.filename() == "bncheck" ? self.string() : "bncheck";
}

}  // namespace

std::vector<std::string> plugin_worker_command(const std::string& path) {
    if (path.empty()) throw Error(Fault::usage, "format", "--candidate", "plugin: names no library", "write plugin:PATH");
    if (!fs::exists(path))
        throw Error(Fault::usage, "io", path, "there is no such file", "name the shared library, such as plugin:./mine.so");
    return {worker_program(), "plugin-worker", path};
}

}  // namespace bncheck::candidate
