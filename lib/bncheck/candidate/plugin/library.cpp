#include "bncheck/candidate/plugin/library.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "bncheck/candidate/plugin/float_environment.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

[[noreturn]] void refuse(const std::string& path, const std::string& what, const std::string& advice) {
    throw Error(Fault::candidate, "plugin", path, what, advice);
}

/// The members that the plugin's own size says are there; the others are 0.
bncheck_plugin whole(const bncheck_plugin& described) {
    bncheck_plugin result{};
    std::memcpy(&result, &described, std::min(described.size, sizeof result));
    return result;
}

std::set<std::string> names(int mask, std::initializer_list<std::pair<int, const char*>> bits) {
    std::set<std::string> result;
    for (const auto& [bit, name] : bits)
        if (mask & bit) result.insert(name);
    return result;
}

}  // namespace

PluginLibrary::PluginLibrary(const std::string& path) {
    const FloatEnvironment before;
    // A name without a slash would be looked for in the loader's folders.
    void* const library = dlopen((path.find('/') == std::string::npos ? "./" + path : path).c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char* const why = dlerror();
        refuse(path, std::string("cannot be loaded: ") + (why ? why : "no reason given"),
               "link it with -shared -fPIC and all that it needs");
    }
    const auto describe = reinterpret_cast<decltype(&bncheck_plugin_describe)>(dlsym(library, "bncheck_plugin_describe"));
    if (!describe)
        refuse(path, "does not export bncheck_plugin_describe",
               "define it as bncheck/plugin.h declares it, in C++ as extern \"C\"");
    const bncheck_plugin* const described = describe();
    if (!described) refuse(path, "describes itself by a null pointer", "return the address of a static bncheck_plugin");
    if (described->size < offsetof(bncheck_plugin, run) + sizeof described->run)
        refuse(path, "describes itself by a struct of " + std::to_string(described->size) + " bytes",
               "set .size = sizeof(bncheck_plugin)");
    const bncheck_plugin plugin = whole(*described);
    if (plugin.version != BNCHECK_PLUGIN_VERSION)
        refuse(path,
               "is of version " + std::to_string(plugin.version) + " of the interface; this is version " +
                   std::to_string(BNCHECK_PLUGIN_VERSION),
               "compile it with this bncheck/plugin.h, and set .version = BNCHECK_PLUGIN_VERSION");
    if (!plugin.run) refuse(path, "has no function run", "set .run");
    run_ = plugin.run;
    hello_.name = plugin.name ? plugin.name : path;
    hello_.dtypes = names(plugin.dtypes, {{BNCHECK_FLOAT16, "float16"},
                                          {BNCHECK_BFLOAT16, "bfloat16"},
                                          {BNCHECK_FLOAT32, "float32"},
                                          {BNCHECK_FLOAT64, "float64"}});
    hello_.layouts = names(plugin.layouts, {{BNCHECK_NCHW, "NCHW"}, {BNCHECK_NHWC, "NHWC"}});
    hello_.modes = names(plugin.modes, {{BNCHECK_TRAIN, "train"}, {BNCHECK_EVAL, "eval"}});
    hello_.passes =
        names(plugin.passes,
              {{BNCHECK_FORWARD, "forward"}, {BNCHECK_BACKWARD, "backward"}, {BNCHECK_DOUBLE_BACKWARD, "double-backward"}});
    if (plugin.convention) hello_.convention = plugin.convention;
    hello_.flushes_to_zero = plugin.ftz != 0;
    const FloatEnvironment loaded;
    const std::string changed = before.restore();
    if (hello_.flushes_to_zero && changed.starts_with("the treatment of subnormal"))
        loaded.restore();  // as it says: the whole process flushes
    else if (!changed.empty())
        refuse(path, "changes " + changed + " when it is loaded, for the whole process",
               "link it without -ffast-math, or set .ftz = 1 if subnormal numbers are flushed on purpose");
}

}  // namespace bncheck::candidate
