#pragma once

// The reference number types. Include only in sources: Boost.Multiprecision is heavy.

#include <boost/multiprecision/mpfr.hpp>

namespace bncheck::bn {

/// MPFR numbers kept on the stack; without expression templates the definition's statements mean what they say.
template <unsigned decimal_digits>
using Real = boost::multiprecision::number<
    boost::multiprecision::mpfr_float_backend<decimal_digits, boost::multiprecision::allocate_stack>,
    boost::multiprecision::et_off>;
using Real256 = Real<77>;   ///< 77 decimal digits are 256 bits and a guard bit
using Real512 = Real<154>;  ///< 513 bits

}  // namespace bncheck::bn

namespace boost::multiprecision {
/// Found by argument-dependent lookup from bn/definition.hpp.
template <unsigned decimal_digits>
bncheck::bn::Real<decimal_digits> inverse_sqrt(const bncheck::bn::Real<decimal_digits>& q) {
    bncheck::bn::Real<decimal_digits> result;
    mpfr_rec_sqrt(result.backend().data(), q.backend().data(), MPFR_RNDN);
    return result;
}
}  // namespace boost::multiprecision
