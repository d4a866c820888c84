#pragma once

#include "bncheck/suite/case.hpp"
#include "bncheck/suite/lookup.hpp"

namespace bncheck::suite {

/// One case from its keys. Throws Error{usage} at the first thing that is wrong; a case with `expect_error` is returned
/// with what it was refused for instead.
Case read_case(const std::string& suite, const std::filesystem::path& folder, bool confined, const Lookup& lookup);

/// Bytes of memory that a run of a case takes: the channels under way, and where they are needed whole (by candidates in other
/// processes, and by the checks that transform them) its tensors, here and in the candidate.
double memory_needed(const Case& c, bool whole);
/// Of this machine.
double physical_memory();

/// The reason why a case cannot be put to a candidate that follows `convention` (m = 1, an eps below its minimum), or "".
std::string obstacle_under(const bn::Convention& convention, const Case& c);

}  // namespace bncheck::suite
