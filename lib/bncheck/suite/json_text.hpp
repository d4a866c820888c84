#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace bncheck::suite {

using Json = nlohmann::ordered_json;

/// Parses strict JSON (RFC 8259): UTF-8, no doubled keys, nesting to 32. Throws Error{usage, "format"} whose place is
/// `file`, line and column, and the JSON pointer of the value that was being read.
Json parse_json(const std::string& file, std::string_view text);

}  // namespace bncheck::suite
