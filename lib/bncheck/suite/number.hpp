#pragma once

#include <optional>
#include <string_view>

namespace bncheck::suite {

/// A number as written: hi the nearest double, hi + lo good to about 106 bits (lo is 0 for all but fractions).
struct Number {
    double hi = 0, lo = 0;
};

/// From a string of a case file: "0x1.8p-3", "7/3" (whole numbers below 2^53), "nan", "inf", "-inf", "1e-5".
std::optional<Number> number_from(std::string_view text);

}  // namespace bncheck::suite
