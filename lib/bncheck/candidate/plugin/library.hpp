#pragma once

#include <string>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/plugin.h"

namespace bncheck::candidate {

/// A shared library behind bncheck/plugin.h, loaded into this process for good: what it left running may outlive a call.
class PluginLibrary {
public:
    /// Throws Error{candidate, "plugin"} where it cannot be loaded, does not export the function, or describes itself wrongly.
    explicit PluginLibrary(const std::string& path);

    const Hello& hello() const { return hello_; }

    /// Whatever it throws is thrown on.
    int run(const bncheck_request& request, char* message, std::size_t size) const { return run_(&request, message, size); }

private:
    Hello hello_;
    decltype(bncheck_plugin::run) run_ = nullptr;
};

}  // namespace bncheck::candidate
