#pragma once

#include <cstddef>

#if defined(__SANITIZE_THREAD__)
#include <atomic>
#include <thread>
#include <vector>
#else
#include <oneapi/tbb/parallel_for.h>
#endif

namespace bncheck {

/// Calls body(i) for 0 <= i < n on the threads there are, in no order; all is done when it returns. Under ThreadSanitizer plain
/// threads do the work: oneTBB's library is not instrumented, so that every hand-over of a task would be reported as a race.
template <class Body>
void parallel_for_each(std::size_t n, const Body& body) {
#if defined(__SANITIZE_THREAD__)
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 2; ++t)
        threads.emplace_back([&] {
            for (std::size_t i = next++; i < n; i = next++) body(i);
        });
    for (std::thread& thread : threads) thread.join();
#else
    oneapi::tbb::parallel_for(std::size_t{0}, n, body);
#endif
}

}  // namespace bncheck
