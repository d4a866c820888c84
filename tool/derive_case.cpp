#include "derive_case.hpp"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/derivation/walk/walk_text.hpp"
#include "bncheck/run/derivation_channel.hpp"
#include "bncheck/suite/suite.hpp"
#include "case_selection.hpp"

namespace bncheck::tool {
namespace {

const suite::Case& only_case(const std::vector<suite::Suite>& suites, const std::string& argument) {
    std::vector<const suite::Case*> found;
    for (const suite::Suite& suite : suites)
        for (const suite::Case& c : suite.cases) found.push_back(&c);
    if (found.size() == 1) return *found[0];
    std::vector<std::string> choices;
    for (const suite::Case* c : found) choices.push_back(suites.size() > 1 ? c->id() : c->name);
    throw Error(Fault::usage, "format", "--case",
                argument + " has " + std::to_string(found.size()) + " cases: " + listed(choices, 10), "name one, as FILE:NAME");
}

std::string heading(const suite::Case& c, std::size_t channel) {
    return c.id() + ", channel " + std::to_string(channel) + " of " + std::to_string(c.shape.channels()) + ", " +
           std::to_string(c.shape.count()) + (c.shape.count() == 1 ? " value" : " values") + " of " +
           std::string(name_of(c.dtype)) + ", " + (c.training ? "train" : "eval") +
           (c.affine ? "" : ", without affine parameters: gamma = 1, beta = 0");
}

}  // namespace

int derive_case_command(const std::string& argument, std::size_t channel, const std::string& format) {
    if (format != "text" && format != "json")
        throw Error(Fault::usage, "format", "--format", "a walk with a case's data is not rendered as " + format,
                    "use text or json");
    const std::vector<suite::Suite> suites = named_cases(argument, "--case");
    const suite::Case& c = only_case(suites, argument);
    if (c.refusal)
        throw Error(Fault::usage, "format", "--case", "the case '" + c.id() + "' is one that must be refused", "name another");
    if (channel >= c.shape.channels())
        throw Error(Fault::usage, "format", "--channel", "the case has no channel " + std::to_string(channel),
                    "its channels are 0 to " + std::to_string(c.shape.channels() - 1));
    const suite::Problem problem(c);
    const derivation::Walk walk = derivation::walk(run::derivation_channel(c, problem, channel), statistics_dtype(c.dtype));
    if (format == "text") {
        std::cout << derivation::text(walk, heading(c, channel));
        return 0;
    }
    nlohmann::ordered_json all = {{"bncheck", {{"walk", 1}}},  {"case", c.id()},
                                  {"channel", channel},        {"channels", c.shape.channels()},
                                  {"dtype", name_of(c.dtype)}, {"affine", c.affine}};
    all.update(derivation::json(walk));
    std::cout << all.dump(1) << "\n";
    return 0;
}

}  // namespace bncheck::tool
