#pragma once

#include "bncheck/bn/real.hpp"
#include "bncheck/oracle/enclosure.hpp"

namespace bncheck::oracle {

using Real = bn::Real256;

/// hi + lo with its radius.
Enclosure enclose(const Real& value);

}  // namespace bncheck::oracle
