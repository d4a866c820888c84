#include "bncheck/candidate/candidate.hpp"

#include <tuple>

#include "bncheck/candidate/exec.hpp"
#include "bncheck/candidate/plugin/worker.hpp"
#include "bncheck/candidate/saved.hpp"
#include "bncheck/core/error.hpp"
#include "bncheck/core/shell_words.hpp"

namespace bncheck::candidate {
namespace {

/// What stands before the colon of a SPEC and after it.
std::pair<std::string, std::string> parts_of(const std::string& spec) {
    const std::size_t colon = spec.find(':');
    return {spec.substr(0, colon), colon == std::string::npos ? "" : spec.substr(colon + 1)};
}

}  // namespace

std::string Hello::obstacle(const suite::Case& c, const std::string& pass) const {
    const auto lacks = [](const std::set<std::string>& known, std::string_view wanted) {
        return known.count(std::string(wanted)) == 0;
    };
    const std::string_view mode = c.training ? "train" : "eval";
    if (lacks(dtypes, name_of(c.dtype))) return "the candidate does not support dtype " + std::string(name_of(c.dtype));
    if (lacks(layouts, name_of(c.layout))) return "the candidate does not support layout " + std::string(name_of(c.layout));
    if (lacks(modes, mode)) return "the candidate does not support mode " + std::string(mode);
    if (lacks(passes, pass)) return "the candidate does not support pass " + pass;
    return "";
}

bool Hello::agrees_with(const Hello& other) const {
    const auto rules = [](const Hello& h) {
        return std::tie(h.dtypes, h.layouts, h.modes, h.passes, h.convention, h.flushes_to_zero);
    };
    return rules(*this) == rules(other);
}

std::vector<std::string> command_of(const std::string& spec) {
    const auto [kind, rest] = parts_of(spec);
    if (kind == "exec") return split_words(rest);
    if (kind == "plugin") return plugin_worker_command(rest);
    throw Error(Fault::usage, "format", "--candidate", "'" + spec + "' is no program", "write exec:COMMAND or plugin:PATH");
}

std::string Hello::obstacle_to_other_data() const {
    return fixed ? "saved tensors answer the case's own data alone, and this check asks about other data" : "";
}

std::unique_ptr<Candidate> make_candidate(const std::string& spec, double timeout) {
    const auto [kind, rest] = parts_of(spec);
    if (kind == "builtin") return make_builtin(rest);
    if (kind == "exec" || kind == "plugin") return std::make_unique<Exec>(command_of(spec), timeout);
    if (kind == "saved") return make_saved(rest);
    throw Error(Fault::usage, "format", "--candidate", "'" + spec + "' is no candidate",
                "write builtin:NAME, exec:COMMAND, plugin:PATH or saved:DIR");
}

}  // namespace bncheck::candidate
