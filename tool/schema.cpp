#include <iostream>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "commands.hpp"

namespace bncheck::tool {

int schema_command(const std::string& which) {
    if (which == "suite")
        std::cout << suite::suite_schema();
    else if (which == "report")
        std::cout << report::report_schema();
    else if (which == "known-failures")
        std::cout << run::known_failures_schema();
    else
        throw Error(Fault::usage, "format", "bncheck schema", "there is no schema '" + which + "'",
                    suggestion(which, {"suite", "report", "known-failures"}));
    return 0;
}

}  // namespace bncheck::tool
