#pragma once

// Double-double numbers as a number type of bn/definition.hpp, one at a time. Include in sources only, after <hwy/highway.h>:
// the algorithms are those of oracle/double_double.hpp on the target that the source is compiled for.

#include <hwy/highway.h>

#include <cmath>

#include "bncheck/oracle/double_double.hpp"

namespace bncheck::oracle {

struct DoubleDoubleNumber {
    double hi = 0, lo = 0;

    DoubleDoubleNumber() = default;
    DoubleDoubleNumber(double value) : hi(value) {}
    explicit DoubleDoubleNumber(int whole) : hi(whole) {}
    explicit DoubleDoubleNumber(unsigned long whole) : hi(static_cast<double>(whole)) {}  ///< up to 2^53
    DoubleDoubleNumber(HWY_NAMESPACE::DoubleDouble<double> value) : hi(value.hi), lo(value.lo) {}

    HWY_NAMESPACE::DoubleDouble<double> parts() const { return {hi, lo}; }

    friend DoubleDoubleNumber operator+(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return HWY_NAMESPACE::operator+(a.parts(), b.parts());
    }
    friend DoubleDoubleNumber operator-(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return HWY_NAMESPACE::operator+(a.parts(), HWY_NAMESPACE::DoubleDouble<double>{-b.hi, -b.lo});
    }
    friend DoubleDoubleNumber operator*(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return HWY_NAMESPACE::operator*(a.parts(), b.parts());
    }
    /// Long division: three quotients of doubles, the third of which corrects the rounding of the second.
    friend DoubleDoubleNumber operator/(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        const double first = a.hi / b.hi;
        const DoubleDoubleNumber rest = a - b * DoubleDoubleNumber(first);
        const double second = rest.hi / b.hi, third = (rest - b * DoubleDoubleNumber(second)).hi / b.hi;
        return DoubleDoubleNumber(first) + DoubleDoubleNumber(second) + DoubleDoubleNumber(third);
    }
    friend bool operator<(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
    }
    friend DoubleDoubleNumber abs(const DoubleDoubleNumber& a) { return a.hi < 0 ? DoubleDoubleNumber(0) - a : a; }
    explicit operator double() const { return hi + lo; }
};

inline DoubleDoubleNumber inverse_sqrt(const DoubleDoubleNumber& q) { return HWY_NAMESPACE::inverse_sqrt(q.parts()); }

}  // namespace bncheck::oracle
