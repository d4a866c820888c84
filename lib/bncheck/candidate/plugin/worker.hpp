#pragma once

#include <string>
#include <vector>

namespace bncheck::candidate {

/// The process that a plugin is loaded in: loads the library, and speaks protocol 1 for it on this process's stdin and stdout
/// until it is told goodbye, or its input ends. Whatever else is written to stdout goes to stderr. Returns the exit code.
int plugin_worker(const std::string& path);

/// The command that starts such a process: this program itself, whatever it is called, which must answer the arguments
/// "plugin-worker PATH" with plugin_worker(PATH). Throws Error{usage} where there is no such file.
std::vector<std::string> plugin_worker_command(const std::string& path);

}  // namespace bncheck::candidate
