#include "option_tree.hpp"

#include <map>

#include "bncheck/bn/convention.hpp"
#include "bncheck/candidate/candidate.hpp"
#include "bncheck/judge/bounds.hpp"

namespace bncheck::tool {
namespace {

std::vector<const CLI::Option*> filtered(const CLI::App& command, bool positional) {
    std::vector<const CLI::Option*> options = command.get_options(
        [&](const CLI::Option* option) { return !option->get_group().empty() && option->get_positional() == positional; });
    // A group of options is a subcommand without a name.
    for (const CLI::App* group : command.get_subcommands([](const CLI::App* app) { return app->get_name().empty(); }))
        for (const CLI::Option* option : filtered(*group, positional)) options.push_back(option);
    return options;
}

}  // namespace

std::vector<const CLI::App*> subcommands_of(const CLI::App& app) {
    return app.get_subcommands(
        [](const CLI::App* command) { return !command->get_group().empty() && !command->get_name().empty(); });
}

std::vector<const CLI::Option*> options_of(const CLI::App& command) { return filtered(command, false); }

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) { return filtered(command, true); }

std::vector<std::string> names_of(const CLI::Option& option) {
    std::vector<std::string> names;
    for (const std::string& name : option.get_snames()) names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
    return names;
}

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::vector<std::string> choices_of(const CLI::Option& option) {
    if (option.check_lname("convention")) return bn::convention_names();
    if (option.check_lname("require")) return {accuracy_class_names.begin(), accuracy_class_names.end()};
    if (option.check_lname("dtype")) return {"float16", "bfloat16", "float32", "float64"};
    if (option.check_lname("layout")) return {"NCHW", "NHWC"};
    if (option.check_lname("mode")) return {"train", "eval"};
    if (option.check_lname("affine") || option.check_lname("running")) return {"true", "false"};
    if (option.check_lname("candidate")) {
        std::vector<std::string> choices;
        for (const std::string& name : candidate::builtin_names()) choices.push_back("builtin:" + name);
        for (const char* kind : {"exec:", "plugin:", "saved:"}) choices.emplace_back(kind);
        return choices;
    }
    // CLI::IsMember tells itself in the type's name, as TEXT:{a,b,c}.
    const std::string type = option.get_type_name();
    const std::size_t begin = type.find('{'), end = type.find('}', begin);
    std::vector<std::string> choices;
    if (begin == std::string::npos || end == std::string::npos) return choices;
    std::string words = type.substr(begin + 1, end - begin - 1);
    for (std::size_t comma; !words.empty(); words.erase(0, comma == std::string::npos ? comma : comma + 1)) {
        comma = words.find(',');
        choices.push_back(words.substr(0, comma));
    }
    return choices;
}

void refuse_empty_values(CLI::App& app) {
    for (CLI::Option* option : app.get_options([](CLI::Option* o) { return !o->get_positional(); }))
        if (takes_value(*option) && !option->check_lname("filter"))
            option->check([](const std::string& value) {
                return value.empty() ? std::string("is empty; give it a value, or leave it out") : std::string();
            });
    for (CLI::App* inner : app.get_subcommands([](CLI::App*) { return true; })) refuse_empty_values(*inner);
}

std::string value_name(const CLI::Option& option) {
    static const std::map<std::string, std::string> names{
        {"filter", "REGEX"},  {"shard", "K/N|auto"},  {"require", "CLASS"},       {"seed", "N"},         {"jobs", "N"},
        {"tag", "TAG"},       {"timeout", "SECONDS"}, {"known-failures", "FILE"}, {"json", "FILE"},      {"junit", "FILE"},
        {"markdown", "FILE"}, {"html", "FILE"},       {"convention", "NAME"},     {"candidate", "SPEC"}, {"out", "DIR"}};
    for (const std::string& name : option.get_lnames())
        if (const auto known = names.find(name); known != names.end()) return known->second;
    const std::string type = option.get_type_name().substr(0, option.get_type_name().find_first_of(": "));
    return type == "INT" || type == "UINT" ? "N" : type == "FLOAT" ? "NUMBER" : type.empty() ? "VALUE" : type;
}

}  // namespace bncheck::tool
