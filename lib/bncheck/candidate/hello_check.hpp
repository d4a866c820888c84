#pragma once

#include <vector>

#include "bncheck/candidate/protocol_check.hpp"
#include "bncheck/suite/json_text.hpp"

namespace bncheck::candidate {

/// What is wrong or odd with an answer to hello, key by key.
std::vector<Remark> check_hello(const suite::Json& answer);

}  // namespace bncheck::candidate
