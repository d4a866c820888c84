#include <filesystem>

#include "bncheck/candidate/plugin/worker.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
std::vector<std::string> plugin_worker_command(const std::string& path) {
    if (path.empty()) throw Error(Fault::usage, "format", "--candidate", "plugin: names no library", "write plugin:PATH");
    if (!std::filesystem::exists(path))
        throw Error(Fault::usage, "io", path, "there is no such file", "name the shared library, such as plugin:./mine.so");
    return {"/proc/self/exe", "plugin-worker", path};
}

}  // namespace bncheck::candidate
