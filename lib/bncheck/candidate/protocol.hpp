#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "bncheck/candidate/candidate.hpp"
#include "bncheck/suite/json_text.hpp"

// Protocol 1 of design section 7 as values: lines that the tool writes, and what is made of the candidate's.
namespace bncheck::candidate::protocol {

using suite::Json;

Json hello();  ///< the first line
Json bye();    ///< the last one

/// The line of a run; the inputs have been written to `folder`, where the outputs are due.
Json run(const Request& request, const std::filesystem::path& folder);

/// Where an output of a request is due.
std::filesystem::path output_path(const std::filesystem::path& folder, const std::string& tensor);

/// Whether there is anything of that name, whatever it is.
bool is_written(const std::filesystem::path& path);

/// A line of the candidate as the object that it must be; none where it is none, or nested deeper than any answer is.
std::optional<Json> parse_object(const std::string& line);
/// The same. Throws Error{candidate, "protocol"} that quotes it.
Json parse_answer(const std::string& line);

/// The answer to hello; `command` is the name of one that gives none. Throws Error{candidate, "protocol"}.
Hello parse_hello(const Json& answer, const std::string& command);

/// The answer to a run, with the outputs that were written to `folder`. Throws Error{candidate, "protocol"} for a wrong id or
/// status, or for a file that is not of the type and shape that is due.
Response parse_response(const Json& answer, const Request& request, const std::filesystem::path& folder);

/// Its first 200 bytes, quoted.
std::string quoted(const std::string& line);

}  // namespace bncheck::candidate::protocol
