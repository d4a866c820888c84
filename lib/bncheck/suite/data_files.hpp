#pragma once

#include <map>

#include "bncheck/suite/suite.hpp"

namespace bncheck::suite {

/// Digests of the files that the cases take tensors from, by suite and path beside the case file ("smoke x.npy"): alike
/// wherever the case files lie. Reads each file once. Throws Error{usage} where one cannot be read.
std::map<std::string, std::string> digests_of_data_files(const std::vector<Suite>& suites);

}  // namespace bncheck::suite
