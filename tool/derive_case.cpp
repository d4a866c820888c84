#include "derive_case.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "bncheck/derivation/walk/walk_text.hpp"
#include "bncheck/run/derivation_channel.hpp"
#include "bncheck/suite/suite.hpp"

namespace bncheck::tool {
namespace {

struct Selection {
    std::string file, name;  ///< name: empty where none is given
};

/// The last colon parts the name off, unless there is a file of the whole.
Selection understood(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos || std::filesystem::exists(text)) return {text, ""};
    Selection selection{text.substr(0, colon), text.substr(colon + 1)};
    if (selection.file.empty() || selection.name.empty())
        throw Error(Fault::usage, "format", "--case", "is '" + text + "'", "write FILE or FILE:NAME");
    return selection;
}

std::string listed(const std::vector<std::string>& names) {
    constexpr std::size_t most = 10;
    std::string text;
    for (std::size_t i = 0; i < std::min(most, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
    return text + (names.size() > most ? " and " + std::to_string(names.size() - most) + " more" : "");
}

const suite::Case& selected(const std::vector<suite::Suite>& suites, const Selection& selection) {
    std::vector<const suite::Case*> found;
    std::vector<std::string> names;
    for (const suite::Suite& suite : suites)
        for (const suite::Case& c : suite.cases) {
            names.push_back(suites.size() > 1 ? c.id() : c.name);
            if (selection.name.empty() || c.name == selection.name || c.id() == selection.name) found.push_back(&c);
        }
    if (found.size() == 1) return *found[0];
    if (found.empty()) {
        const std::string near = nearest(selection.name, names);
        throw Error(Fault::usage, "format", "--case", "there is no case '" + selection.name + "' in " + selection.file,
                    near.empty() ? "its cases are " + listed(names) : "did you mean '" + near + "'?");
    }
    std::vector<std::string> choices;
    for (const suite::Case* c : found) choices.push_back(suites.size() > 1 ? c->id() : c->name);
    throw Error(Fault::usage, "format", "--case",
                selection.file + " has " + std::to_string(found.size()) + " cases" +
                    (selection.name.empty() ? "" : " named '" + selection.name + "'") + ": " + listed(choices),
                "name one, as FILE:NAME");
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
    const Selection selection = understood(argument);
    const std::vector<suite::Suite> suites = suite::load_suites({selection.file});
    const suite::Case& c = selected(suites, selection);
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
