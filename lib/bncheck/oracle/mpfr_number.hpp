#pragma once

// The reference number type. Include only in sources: Boost.Multiprecision is heavy.

#include <boost/multiprecision/mpfr.hpp>

#include "bncheck/oracle/enclosure.hpp"

namespace bncheck::oracle {

/// 77 decimal digits are 256 bits and a guard bit, kept on the stack; without expression templates the definition's
/// statements mean what they say.
using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<77, boost::multiprecision::allocate_stack>,
                                           boost::multiprecision::et_off>;

/// hi + lo with its radius.
Enclosure enclose(const Real& value);

}  // namespace bncheck::oracle

namespace boost::multiprecision {
/// Found by argument-dependent lookup from bn/definition.hpp.
inline bncheck::oracle::Real inverse_sqrt(const bncheck::oracle::Real& q) {
    bncheck::oracle::Real result;
    mpfr_rec_sqrt(result.backend().data(), q.backend().data(), MPFR_RNDN);
    return result;
}
}  // namespace boost::multiprecision
