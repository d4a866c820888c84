#include "bncheck/core/interruption.hpp"

#include <atomic>
#include <csignal>

namespace bncheck {
namespace {

std::atomic<int> asked = 0;
static_assert(std::atomic<int>::is_always_lock_free);  // a handler may touch nothing else

void on_signal(int number) { asked = number; }

}  // namespace

void ask_for_interruption() {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action {};
        sigaction(number, nullptr, &action);
        if (action.sa_handler == SIG_IGN) continue;  // nohup, and jobs in the background
        action = {};
        action.sa_handler = on_signal;
        action.sa_flags = static_cast<int>(SA_RESETHAND);
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
