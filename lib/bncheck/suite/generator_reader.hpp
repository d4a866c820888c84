#pragma once

#include <filesystem>

#include "bncheck/suite/case.hpp"
#include "bncheck/suite/value.hpp"

namespace bncheck::suite {

/// Reads {"normal": {"mean": 0, "stddev": 1}} and its kind for a tensor of a case (whose shape, dtype and folder are known).
Generator read_generator(const Value& value, const std::string& tensor, const Case& c);

/// The generator of a tensor that the case file says nothing of (design section 5).
Generator default_generator(const std::string& tensor, const Case& c);

}  // namespace bncheck::suite
