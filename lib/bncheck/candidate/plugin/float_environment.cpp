#include "bncheck/candidate/plugin/float_environment.hpp"

#include <fenv.h>

#include <bit>
#include <cstdint>
#include <limits>

// Every operand is volatile: the compiler may assume the default environment.
namespace bncheck::candidate {
namespace {

std::string rounding_mode() {
    switch (std::fegetround()) {
        case FE_TONEAREST:
            return "";
        case FE_UPWARD:
            return "upward";
        case FE_DOWNWARD:
            return "downward";
        case FE_TOWARDZERO:
            return "toward zero";
        default:
            return "unknown";
    }
}

bool flushes_results() {
    volatile double smallest = std::numeric_limits<double>::min(), two = 2;
    const double half = smallest / two;
    return std::bit_cast<std::uint64_t>(half) == 0;  // a comparison might take it for zero
}

bool takes_subnormals_for_zero() {
    volatile double tiny = std::numeric_limits<double>::denorm_min(), scale = 0x1p1000;
    const double scaled = tiny * scale;
    return scaled == 0;
}

bool long_double_is_short() {
    volatile long double one = 1, epsilon = std::numeric_limits<long double>::epsilon();
    const long double sum = one + epsilon;
    return sum == 1;
}

}  // namespace

FloatEnvironment::FloatEnvironment() { std::fegetenv(&saved_); }

std::string FloatEnvironment::restore() const {
    std::string changed;
    const auto add = [&](const std::string& what) { changed += (changed.empty() ? "" : ", ") + what; };
    if (const std::string mode = rounding_mode(); !mode.empty()) add("the rounding mode (" + mode + ")");
#ifdef __GLIBC__
    if (fegetexcept() != 0) add("the trapping of floating-point exceptions");
#endif
    // These raise exceptions, which may trap.
    std::fenv_t found;
    std::feholdexcept(&found);
    if (flushes_results()) add("the treatment of subnormal results (flushed to zero)");
    if (takes_subnormals_for_zero()) add("the treatment of subnormal operands (taken for zero)");
    if (std::fegetround() == FE_TONEAREST && long_double_is_short()) add("the precision of long double");
    std::fesetenv(&saved_);
    return changed;
}

}  // namespace bncheck::candidate
