#include <iostream>

#include "bncheck/core/error.hpp"
#include "bncheck/core/nearest.hpp"
#include "commands.hpp"

namespace bncheck::tool {

int schema_command(const std::string& which) {
    if (which != "suite" && which != "report")
        throw Error(Fault::usage, "format", "bncheck schema", "there is no schema '" + which + "'",
                    suggestion(which, {"suite", "report"}));
    std::cout << (which == "suite" ? suite::suite_schema() : report::report_schema());
    return 0;
}

}  // namespace bncheck::tool
