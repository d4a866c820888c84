#pragma once

// The reference number type. Include only in sources: Boost.Multiprecision is heavy.

#include <boost/multiprecision/mpfr.hpp>

namespace bncheck::bn {

/// 77 decimal digits are 256 bits and a guard bit, kept on the stack; without expression templates the definition's
/// statements mean what they say.
using Real256 =
    boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<77, boost::multiprecision::allocate_stack>,
                                  boost::multiprecision::et_off>;

}  // namespace bncheck::bn

namespace boost::multiprecision {
/// Found by argument-dependent lookup from bn/definition.hpp.
inline bncheck::bn::Real256 inverse_sqrt(const bncheck::bn::Real256& q) {
    bncheck::bn::Real256 result;
    mpfr_rec_sqrt(result.backend().data(), q.backend().data(), MPFR_RNDN);
    return result;
}
}  // namespace boost::multiprecision
