#pragma once

// Double-double as a number type of the definition's templates, for the machine that the library is compiled for. Include only
// in sources: Highway is heavy.

#include <hwy/highway.h>

#include <cmath>

HWY_BEFORE_NAMESPACE();
#include "bncheck/oracle/double_double.hpp"
namespace bncheck::oracle::HWY_NAMESPACE {

/// No operation errs by more than 8 u^2 relative, u = 2^-53, where nothing over- or underflows.
class DoubleDoubleNumber {
public:
    explicit DoubleDoubleNumber(double value) : value_{value, 0} {}
    explicit DoubleDoubleNumber(int whole) : DoubleDoubleNumber(static_cast<double>(whole)) {}
    explicit DoubleDoubleNumber(unsigned long whole) : DoubleDoubleNumber(static_cast<double>(whole)) {}  // below 2^53
    double hi() const { return value_.hi; }
    double lo() const { return value_.lo; }

    friend DoubleDoubleNumber operator+(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return a.value_ + b.value_;
    }
    friend DoubleDoubleNumber operator-(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return a.value_ + -b.value_;
    }
    friend DoubleDoubleNumber operator*(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return a.value_ * b.value_;
    }
    /// By a number that is one double, as counts are.
    friend DoubleDoubleNumber operator/(const DoubleDoubleNumber& a, const DoubleDoubleNumber& b) {
        return a.value_ / b.value_.hi;
    }
    friend DoubleDoubleNumber inverse_sqrt(const DoubleDoubleNumber& q) { return HWY_NAMESPACE::inverse_sqrt(q.value_); }

private:
    DoubleDoubleNumber(DoubleDouble<double> value) : value_(value) {}
    DoubleDouble<double> value_;
};

}  // namespace bncheck::oracle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

namespace bncheck::oracle {
using DoubleDoubleNumber = HWY_NAMESPACE::DoubleDoubleNumber;
}  // namespace bncheck::oracle
