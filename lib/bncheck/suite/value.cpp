#include "bncheck/suite/value.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"

namespace bncheck::suite {
namespace {

std::string child(const std::string& pointer, const std::string& key) {
    return (Json::json_pointer(pointer) / key).to_string();
}

}  // namespace

std::string Value::place() const { return file_ + ": " + (pointer_.empty() ? "/" : pointer_); }

void Value::refuse(const std::string& code, const std::string& message, const std::string& advice) const {
    throw Error(Fault::usage, code, place(), message, advice);
}

void Value::wrong_type(const std::string& due) const {
    std::string shown = json_->dump(-1, ' ', false, Json::error_handler_t::replace);
    if (shown.size() > 60) shown = shown.substr(0, 57) + "...";
    refuse("format", "is " + shown + " where " + due + " is due", "change the value");
}

bool Value::is_null() const { return json_->is_null(); }
bool Value::is_string() const { return json_->is_string(); }
bool Value::is_object() const { return json_->is_object(); }
bool Value::is_negative() const {
    return json_->is_number_integer() && !json_->is_number_unsigned() && json_->get<std::int64_t>() < 0;
}

bool Value::as_boolean() const {
    if (!json_->is_boolean()) wrong_type("true or false");
    return json_->get<bool>();
}

std::string Value::as_string() const {
    if (!json_->is_string()) wrong_type("a string");
    return json_->get<std::string>();
}

std::uint64_t Value::as_whole(std::uint64_t least, std::uint64_t largest) const {
    const std::string due = "a whole number from " + std::to_string(least) + " to " + std::to_string(largest);
    if (!json_->is_number_unsigned()) wrong_type(due);
    const auto value = json_->get<std::uint64_t>();
    if (value < least || value > largest) wrong_type(due);
    return value;
}

Number Value::as_number() const {
    if (json_->is_number()) return {json_->get<double>(), 0};
    if (json_->is_string())
        if (const auto number = number_from(json_->get<std::string>())) return *number;
    wrong_type("a number (or a string: hex float \"0x1.8p-3\", fraction \"7/3\", \"nan\", \"inf\", \"-inf\")");
}

double Value::as_finite() const {
    const double value = as_number().hi;
    if (!std::isfinite(value)) wrong_type("a finite number");
    return value;
}

std::vector<Value> Value::elements() const {
    if (!json_->is_array()) wrong_type("an array");
    std::vector<Value> result;
    for (std::size_t i = 0; i < json_->size(); ++i) result.emplace_back((*json_)[i], file_, pointer_ + "/" + std::to_string(i));
    return result;
}

std::vector<std::string> Value::keys() const {
    if (!json_->is_object()) wrong_type("an object");
    std::vector<std::string> result;
    for (const auto& item : json_->items()) result.push_back(item.key());
    return result;
}

std::optional<Value> Value::find(const std::string& key) const {
    if (!json_->is_object()) wrong_type("an object");
    const auto found = json_->find(key);
    if (found == json_->end()) return std::nullopt;
    return Value(*found, file_, child(pointer_, key));
}

Value Value::at(const std::string& key) const {
    if (auto value = find(key)) return *value;
    refuse("format", "the key '" + key + "' is missing", "add it");
}

void Value::only(const std::vector<std::string>& known) const {
    for (const std::string& key : keys())
        if (std::find(known.begin(), known.end(), key) == known.end())
            find(key)->refuse("format", "the key '" + key + "' is not known", suggestion(key, known));
}

}  // namespace bncheck::suite
