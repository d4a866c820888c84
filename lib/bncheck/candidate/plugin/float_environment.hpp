#pragma once

#include <cfenv>
#include <string>
#include <vector>

namespace bncheck::candidate {

/// The floating-point environment of this thread as it is at construction.
class FloatEnvironment {
public:
    FloatEnvironment();

    /// Puts it back, and says what had been changed of what later arithmetic depends on, such as "the rounding mode (upward)";
    /// "" if nothing had been. Flags of exceptions are left out: arithmetic raises them.
    std::string restore() const;

private:
    std::fenv_t saved_;
    std::vector<std::string> oddities_;  ///< that it had already
};

}  // namespace bncheck::candidate
