#pragma once

#include <xmmintrin.h>

namespace bncheck::test {

/// Flush-to-zero and denormals-are-zero for the time of a scope.
class Flushing {
public:
    explicit Flushing(bool on) : saved_(_mm_getcsr()) {
        if (on) _mm_setcsr(saved_ | 0x8040);
    }
    ~Flushing() { _mm_setcsr(saved_); }
    Flushing(const Flushing&) = delete;
    Flushing& operator=(const Flushing&) = delete;

private:
    unsigned saved_;
};

}  // namespace bncheck::test
