#include "bncheck/suite/lookup.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>

#include "bncheck/core/nearest.hpp"
#include "bncheck/core/printable.hpp"

namespace bncheck::suite {
namespace {

constexpr std::size_t most_choices = 100000;

std::vector<std::string> without(std::vector<std::string> keys, const std::vector<std::string>& removed) {
    std::erase_if(keys,
                  [&](const std::string& key) { return std::find(removed.begin(), removed.end(), key) != removed.end(); });
    return keys;
}

std::string text_of(const Value& value) {
    const Json& json = value.json();
    if (json.is_string()) return json.get<std::string>();
    if (json.is_object()) value.refuse("format", "an object cannot stand in a name", "leave its key out of the name");
    if (!json.is_array()) return json.dump();
    std::string text;
    for (const Value& element : value.elements()) text += (text.empty() ? "" : "x") + text_of(element);
    return text;
}

}  // namespace

std::optional<Value> Lookup::find(const std::string& key) const {
    for (const auto& [name, value] : chosen)
        if (name == key) return value;
    if (auto own = source.find(key)) return own;
    return defaults ? defaults->find(key) : std::nullopt;
}

std::vector<Lookup> expand_matrix(const Value& source, const std::optional<Value>& defaults) {
    std::vector<Lookup> result{{source, defaults, {}}};
    const auto matrix = source.find("matrix");
    if (!matrix) return result;
    matrix->only(matrix_keys());
    for (const std::string& key : matrix->keys()) {
        const Value column = matrix->at(key);
        const std::vector<Value> values = column.elements();
        if (values.empty()) column.refuse("format", "is empty, so that there is no case", "give at least one value");
        if (source.find(key)) column.refuse("format", "the case itself has the key '" + key + "' too", "remove one of the two");
        std::vector<Lookup> next;
        if (result.size() * values.size() > most_choices) matrix->refuse("format", "makes more than 100000 cases", "split it");
        for (const Lookup& lookup : result)
            for (const Value& value : values) {
                next.push_back(lookup);
                next.back().chosen.emplace_back(key, value);
            }
        result = std::move(next);
    }
    return result;
}

std::string expanded_name(const Lookup& lookup) {
    const Value pattern = lookup.source.at("name");
    const std::string text = pattern.as_string();
    std::string name;
    std::vector<std::string> known;
    for (const auto& [key, value] : lookup.chosen) known.push_back(key);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t open = text.find('{', at), close = text.find('}', at);
        name += text.substr(at, open - at);
        if (open == std::string::npos) break;
        if (close == std::string::npos || close < open) pattern.refuse("format", "has a '{' without its '}'", "close it");
        const std::string key = text.substr(open + 1, close - open - 1);
        const auto chosen =
            std::find_if(lookup.chosen.begin(), lookup.chosen.end(), [&](const auto& c) { return c.first == key; });
        if (chosen == lookup.chosen.end())
            pattern.refuse("format", "has the placeholder {" + key + "}, which is no key of the matrix",
                           known.empty() ? "the case has no matrix" : suggestion(key, known));
        name += text_of(chosen->second);
        at = close + 1;
    }
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (name.empty() || name.size() > 200 || std::any_of(name.begin(), name.end(), is_control) || name.front() == ' ' ||
        name.back() == ' ')
        pattern.refuse("format", "'" + printable(name, 60) + "' cannot be a name",
                       "use 1 to 200 bytes without control characters, and without a space at the ends");
    return name;
}

const std::vector<std::string>& case_keys() {
    static const std::vector<std::string> keys{
        "name",   "matrix",  "shape", "dtype", "layout", "mode",   "convention", "eps",   "momentum", "num_batches_tracked",
        "affine", "running", "steps", "seed",  "data",   "checks", "require",    "allow", "expect",   "expect_error",
        "tags",   "note"};
    return keys;
}

const std::vector<std::string>& default_keys() {
    static const std::vector<std::string> keys = without(case_keys(), {"name", "matrix", "expect", "expect_error"});
    return keys;
}

const std::vector<std::string>& matrix_keys() {
    static const std::vector<std::string> keys = without(case_keys(), {"name", "matrix"});
    return keys;
}

}  // namespace bncheck::suite
