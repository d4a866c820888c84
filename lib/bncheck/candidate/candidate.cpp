#include "bncheck/candidate/candidate.hpp"

#include "bncheck/candidate/saved.hpp"
#include "bncheck/core/error.hpp"

namespace bncheck::candidate {

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

std::string Hello::obstacle_to_other_data() const {
    return fixed ? "saved tensors answer the case's own data alone, and this check asks about other data" : "";
}

std::unique_ptr<Candidate> make_candidate(const std::string& spec, double timeout) {
    const std::size_t colon = spec.find(':');
    const std::string kind = spec.substr(0, colon), rest = colon == std::string::npos ? "" : spec.substr(colon + 1);
    if (kind == "builtin") return make_builtin(rest);
    if (kind == "exec") return make_exec(rest, timeout);
    if (kind == "saved") return make_saved(rest);
    throw Error(Fault::usage, "format", "--candidate", "'" + spec + "' is no candidate",
                "write builtin:NAME, exec:COMMAND or saved:DIR");
}

}  // namespace bncheck::candidate
