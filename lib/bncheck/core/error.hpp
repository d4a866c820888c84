#pragma once

#include <stdexcept>
#include <string>

namespace bncheck {

/// What went wrong, by the exit code that it leads to (design section 8).
enum class Fault {
    usage,      ///< a wrong command line or an invalid case file: exit 2
    candidate,  ///< the candidate could not be run: exit 3
    internal,   ///< a defect of bncheck or of the machine: exit 3
};

/// The one family of errors. `code` is a stable word ("bad-shape", "format", ...), `place` says where (file and JSON
/// pointer, or the option), `advice` the way out; each may be empty but the message.
class Error : public std::runtime_error {
public:
    Error(Fault fault, std::string code, std::string place, const std::string& message, std::string advice = "");

    Fault fault() const { return fault_; }
    const std::string& code() const { return code_; }
    const std::string& place() const { return place_; }
    const std::string& message() const { return message_; }
    const std::string& advice() const { return advice_; }

    /// The same error with a place put before the one it has: "suite.json" + "/cases/0".
    Error within(const std::string& outer) const;

private:
    Fault fault_;
    std::string code_, place_, message_, advice_;
};

/// Exit code of a fault, of the table in design section 8.
int exit_code(Fault fault);

}  // namespace bncheck
