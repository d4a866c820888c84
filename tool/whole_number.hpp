#pragma once

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdlib>
#include <string>

namespace bncheck::tool {

/// A check of options that are not negative: the conversion would wrap -1 around to the largest number there is.
inline std::string whole_number(const std::string& text) {
    return text.empty() || text.find_first_not_of("0123456789") != std::string::npos
               ? "'" + text + "' is no whole number of at least 0"
               : "";
}

/// For numbers beside CLI::Range, which lets NaN through: nothing compares to it.
inline std::string a_number(const std::string& text) {
    return std::isnan(std::strtod(text.c_str(), nullptr)) ? "'" + text + "' is no number" : "";
}

}  // namespace bncheck::tool
