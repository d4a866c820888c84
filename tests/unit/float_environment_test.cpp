#include "bncheck/candidate/plugin/float_environment.hpp"

#include <catch2/catch.hpp>
#include <cfenv>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

using bncheck::candidate::FloatEnvironment;

TEST_CASE("what was changed of the floating-point environment is named, and put back") {
    const FloatEnvironment environment;
    CHECK(environment.restore().empty());
    for (const auto& [mode, name] :
         {std::pair(FE_UPWARD, "upward"), std::pair(FE_DOWNWARD, "downward"), std::pair(FE_TOWARDZERO, "toward zero")}) {
        std::fesetround(mode);
        const std::string changed = environment.restore();
        CHECK(changed == std::string("the rounding mode (") + name + ")");
        CHECK(std::fegetround() == FE_TONEAREST);
    }
    std::feraiseexcept(FE_INEXACT | FE_DIVBYZERO);  // arithmetic does
    CHECK(environment.restore().empty());
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | 0x8000);
    const std::string flushed = environment.restore();
    _mm_setcsr(_mm_getcsr() | 0x0040);
    const std::string taken = environment.restore();
    CHECK(flushed == "the treatment of subnormal results (flushed to zero)");
    CHECK(taken == "the treatment of subnormal operands (taken for zero)");
    CHECK((_mm_getcsr() & 0x8040) == 0);
#endif
}
