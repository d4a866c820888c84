#pragma once

#include <cfenv>
#include <string>

namespace bncheck::candidate {

/// The floating-point environment as it is at construction: that of a thread.
class FloatEnvironment {
public:
    FloatEnvironment();

    /// Puts it back, and says what had been changed of what later arithmetic depends on, such as "the rounding mode (upward)";
    /// "" if nothing had been. Flags of exceptions are left out: arithmetic raises them.
    std::string restore() const;

private:
    std::fenv_t saved_;
};

}  // namespace bncheck::candidate
