#include "bncheck/suite/flags.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/shell_words.hpp"
#include "bncheck/core/tensor_name.hpp"
#include "bncheck/suite/json_text.hpp"

namespace bncheck::suite {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (char c : text) {
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

/// A JSON number where the text is one, else the string, which the reader understands or refuses.
Json scalar(const std::string& text) {
    const Json number = Json::parse(text, nullptr, false);
    return number.is_number() || number.is_boolean() || number.is_null() ? number : Json(text);
}

Json list(const std::string& text) {
    Json result = Json::array();
    for (const std::string& part : split(text, ',')) result.push_back(scalar(part));
    return result;
}

Json generator(const std::string& flag, const std::string& text) {
    const std::size_t colon = text.find(':');
    const std::string kind = text.substr(0, colon);
    const std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (kind == "constant") return {{kind, scalar(rest)}};
    if (kind == "values") return {{kind, list(rest)}};
    if (kind == "file") return {{kind, rest}};
    Json parameters = Json::object();
    for (const std::string& part : rest.empty() ? std::vector<std::string>{} : split(rest, ',')) {
        const std::size_t equals = part.find('=');
        if (equals == std::string::npos)
            throw Error(Fault::usage, "format", "--" + flag, "'" + part + "' has no '='",
                        "write it as normal:mean=100,stddev=1");
        parameters[part.substr(0, equals)] = scalar(part.substr(equals + 1));
    }
    return {{kind, parameters}};
}

Json case_json(const Flags& flags) {
    Json json{{"name", "case"}};
    const auto is_list = [](const std::string& key) { return key == "shape" || key == "checks" || key == "tags"; };
    for (const auto& [key, text] : flags) {
        const bool tensor = std::find(tensor_name::inputs.begin(), tensor_name::inputs.end(), key) != tensor_name::inputs.end();
        if (tensor)
            json["data"][key] = generator(key, text);
        else
            json[key] = is_list(key) ? list(text) : scalar(text);
    }
    return {{"suite", "flags"}, {"cases", Json::array({json})}};
}

}  // namespace

std::string case_file_from_flags(const Flags& flags) { return case_json(flags).dump(2) + "\n"; }

Suite suite_from_flags(const Flags& flags) {
    Suite suite = read_suite("flags", case_json(flags).dump(), ".", false);
    suite.command_line.clear();
    for (auto [key, text] : flags) {
        std::replace(key.begin(), key.end(), '_', '-');
        suite.command_line += (suite.command_line.empty() ? "--" : " --") + key + " " + shell_quoted(text);
    }
    return suite;
}

}  // namespace bncheck::suite
