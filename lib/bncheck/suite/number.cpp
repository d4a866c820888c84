#include "bncheck/suite/number.hpp"

#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>

namespace bncheck::suite {
namespace {

std::optional<double> plain(std::string_view text) {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) text.remove_prefix(1);
    auto format = std::chars_format::general;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
        format = std::chars_format::hex;
    }
    if (text.empty() || (text[0] != '.' && !std::isxdigit(static_cast<unsigned char>(text[0])))) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, format);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return negative ? -value : value;
}

bool is_whole(double value) { return std::fabs(value) < 0x1p53 && value == std::trunc(value); }

}  // namespace

std::optional<Number> number_from(std::string_view text) {
    if (text == "nan") return Number{std::numeric_limits<double>::quiet_NaN(), 0};
    if (text == "inf") return Number{std::numeric_limits<double>::infinity(), 0};
    if (text == "-inf") return Number{-std::numeric_limits<double>::infinity(), 0};
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        const auto value = plain(text);
        if (!value) return std::nullopt;
        return Number{*value, 0};
    }
    const auto numerator = plain(text.substr(0, slash)), denominator = plain(text.substr(slash + 1));
    if (!numerator || !denominator || !is_whole(*numerator) || !is_whole(*denominator) || *denominator == 0)
        return std::nullopt;
    const double hi = *numerator / *denominator;
    // The remainder of a correctly rounded quotient is a double (Handbook of Floating-Point Arithmetic, section 4.6).
    return Number{hi, std::fma(-hi, *denominator, *numerator) / *denominator};
}

}  // namespace bncheck::suite
