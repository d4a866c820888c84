#pragma once

#include <string>

#include "commands.hpp"

namespace bncheck::tool {

/// Writes the inputs of the cases that arguments.suites ({CASE, DIR}, or {DIR} beside a case from flags) names, a line a case;
/// cases that have no inputs are named on stderr. 4 where there was none to write.
int export_command(const RunArguments& arguments, bool as_archive);

/// Grades the tensors saved in DIR (as CASE and DIR above; of a single case also the folder or .npz file that holds them
/// directly). Exit codes are those of a run.
int compare_command(RunArguments arguments);

}  // namespace bncheck::tool
