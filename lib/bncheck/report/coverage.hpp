#pragma once

#include <string>
#include <vector>

#include "bncheck/report/model.hpp"

namespace bncheck::report {

/// What a green run of these cases leaves open, each in a few words: tensors that were never provided; passes, modes, types and
/// layouts of the candidate that no case asked for; data that could not have shown a fault (uniform dy, lattices alone, one
/// channel, ...). `cases` are of a report, `candidate` is its description. Empty where nothing stands out.
std::vector<std::string> not_tested(const Json& cases, const Json& candidate);

}  // namespace bncheck::report
