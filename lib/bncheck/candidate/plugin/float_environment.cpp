#include "bncheck/candidate/plugin/float_environment.hpp"

#include <fenv.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

// What arithmetic does is measured: fegetround() tells of the x87 unit alone on x86. Every operand is volatile, since the
// compiler may assume the default environment.
namespace bncheck::candidate {
namespace {

/// Of double (SSE on x86-64) or of long double (x87), by sums that lie a quarter and three quarters of the way between two
/// numbers.
template <class T>
std::string rounding_mode() {
    volatile T one = 1, quarter = std::numeric_limits<T>::epsilon() / 4, most = 3 * std::numeric_limits<T>::epsilon() / 4;
    const T above = one + quarter, nearly = one + most, below = -one - quarter;
    if (above > 1) return below < -1 ? "away from zero" : "upward";
    if (below < -1) return "downward";
    return nearly > 1 ? "" : "toward zero";
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

bool traps() {
#if defined(__SSE__)
    if ((_mm_getcsr() & _MM_MASK_MASK) != _MM_MASK_MASK) return true;
#endif
#if defined(__GLIBC__)
    return fegetexcept() != 0;
#else
    return false;
#endif
}

/// What is not as a program begins.
std::vector<std::string> oddities() {
    std::vector<std::string> found;
    if (traps()) found.push_back("the trapping of floating-point exceptions");
    std::fenv_t as_found;
    std::feholdexcept(&as_found);  // what follows raises exceptions, which may trap
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | _MM_MASK_MASK);
#endif
    std::string mode = rounding_mode<double>();
    if (mode.empty()) mode = rounding_mode<long double>();
    if (!mode.empty()) found.push_back("the rounding mode (" + mode + ")");
    if (flushes_results()) found.push_back("the treatment of subnormal results (flushed to zero)");
    if (takes_subnormals_for_zero()) found.push_back("the treatment of subnormal operands (taken for zero)");
    if (mode.empty() && long_double_is_short()) found.push_back("the precision of long double");
    std::fesetenv(&as_found);
    return found;
}

}  // namespace

FloatEnvironment::FloatEnvironment() : oddities_(oddities()) { std::fegetenv(&saved_); }

std::string FloatEnvironment::restore() const {
    std::string changed;
    for (const std::string& oddity : oddities())
        if (std::find(oddities_.begin(), oddities_.end(), oddity) == oddities_.end())
            changed += (changed.empty() ? "" : ", ") + oddity;
    std::fesetenv(&saved_);
    return changed;
}

}  // namespace bncheck::candidate
