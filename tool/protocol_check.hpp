#pragma once

#include <string>

namespace bncheck::tool {

struct ProtocolCheckArguments {
    std::string candidate;  ///< exec:COMMAND or plugin:PATH
    double timeout = 60;    ///< seconds a request
    bool verbose = false;   ///< the lines of messages that are right too
};

/// Exit code 0, or 3 where something is wrong.
int protocol_check_command(const ProtocolCheckArguments& arguments);

}  // namespace bncheck::tool
