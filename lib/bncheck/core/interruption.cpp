#include "bncheck/core/interruption.hpp"

#include <atomic>
#include <csignal>
#include <ctime>

namespace bncheck {
namespace {

// A handler may touch nothing else.
std::atomic<int> asked = 0;
std::atomic<long long> when = 0;  ///< milliseconds
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<long long>::is_always_lock_free);

/// Some programs send a signal to a process and to its group: what comes within this time is one request.
constexpr long long together = 500;

void on_signal(int number) {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const long long milliseconds = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
    if (asked.exchange(number) == 0)
        when = milliseconds;
    else if (milliseconds - when > together)
        end_if_interrupted();
}

}  // namespace

void ask_for_interruption() {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action {};
        sigaction(number, nullptr, &action);
        if (action.sa_handler == SIG_IGN) continue;  // nohup, and jobs in the background
        action = {};
        action.sa_handler = on_signal;
        sigaction(number, &action, nullptr);
    }
}

int interruption() { return asked; }

void end_if_interrupted() {
    if (asked == 0) return;
    std::signal(asked, SIG_DFL);
    std::raise(asked);
}

}  // namespace bncheck
