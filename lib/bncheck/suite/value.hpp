#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bncheck/suite/json_text.hpp"
#include "bncheck/suite/number.hpp"

namespace bncheck::suite {

/// A JSON value and its place. The as_... functions give the value or throw Error{usage, "format"} that names the place,
/// what was found and what is due.
class Value {
public:
    Value(const Json& json, std::string file, std::string pointer)
        : json_(&json), file_(std::move(file)), pointer_(std::move(pointer)) {}

    const Json& json() const { return *json_; }
    std::string place() const;

    bool is_null() const;
    bool is_string() const;
    bool is_object() const;
    bool is_negative() const;  ///< a whole number below 0
    bool as_boolean() const;
    std::string as_string() const;
    std::uint64_t as_whole(std::uint64_t least, std::uint64_t largest) const;
    Number as_number() const;             ///< any number of a case file, NaN and infinities too
    double as_finite() const;             ///< one that is neither
    std::vector<Value> elements() const;  ///< of an array

    std::vector<std::string> keys() const;  ///< of an object
    std::optional<Value> find(const std::string& key) const;
    Value at(const std::string& key) const;                  ///< throws where the key is missing
    void only(const std::vector<std::string>& known) const;  ///< throws at the first key that is not known

    /// An error at this value.
    [[noreturn]] void refuse(const std::string& code, const std::string& message, const std::string& advice = "") const;

private:
    [[noreturn]] void wrong_type(const std::string& due) const;
    const Json* json_;
    std::string file_, pointer_;
};

}  // namespace bncheck::suite
