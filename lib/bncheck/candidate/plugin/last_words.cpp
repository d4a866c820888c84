#include "bncheck/candidate/plugin/last_words.hpp"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <exception>
#include <nlohmann/json.hpp>

namespace bncheck::candidate::last_words {
namespace {

/// The answers are written out before the call: a signal handler may do no more than write them.
struct Call {
    int answers = -1;
    pid_t process = -1;  ///< a child that the plugin forks has nothing to say
    std::string id;
    struct Zone {
        const GuardedBuffer* buffer;
        std::string before, inside, after;
    };
    std::vector<Zone> zones;
};

Call call;
std::atomic<bool> in_call = false;

bool is_call() { return in_call && getpid() == call.process; }

std::string answer(const std::string& reason) {
    const nlohmann::ordered_json json{{"id", call.id}, {"status", "error"}, {"reason", reason}, {"restart", true}};
    return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void write_and_end(const std::string& line) {
    [[maybe_unused]] const auto written = write(call.answers, line.data(), line.size());
    _exit(1);
}

void on_fault(int signal, siginfo_t* info, void*) {
    const bool was_sent = info->si_code <= 0;  // by raise or kill, and not struck
    if (is_call() && !was_sent)
        for (const Call::Zone& zone : call.zones)
            if (const auto side = zone.buffer->side_of(info->si_addr))
                write_and_end(*side == GuardedBuffer::Side::before   ? zone.before
                              : *side == GuardedBuffer::Side::inside ? zone.inside
                                                                     : zone.after);
    ::signal(signal, SIG_DFL);
    if (was_sent) raise(signal);  // else it strikes again on return, and ends the worker as it would have
}

void on_terminate() {
    std::string what = "an exception";
    if (const std::exception_ptr exception = std::current_exception()) {
        try {
            std::rethrow_exception(exception);
        } catch (const std::exception& e) {
            what = std::string("the exception \"") + e.what() + "\"";
        } catch (...) {
        }
    }
    if (is_call()) write_and_end(answer("the plugin let " + what + " go uncaught (std::terminate)"));
    std::abort();
}

void at_exit(int code, void*) {
    if (is_call()) write_and_end(answer("the plugin called exit(" + std::to_string(code) + ")"));
}

void install() {
    static std::byte stack[64u << 10];  // the plugin may have used up its own
    stack_t alternate{};
    alternate.ss_sp = stack;
    alternate.ss_size = sizeof stack;
    sigaltstack(&alternate, nullptr);
    struct sigaction action {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    for (int signal : {SIGSEGV, SIGBUS}) sigaction(signal, &action, nullptr);
    std::set_terminate(on_terminate);
    [[maybe_unused]] static const int once = on_exit(at_exit, nullptr) + at_quick_exit([] {
                                                 if (is_call()) write_and_end(answer("the plugin called quick_exit"));
                                             });
}

}  // namespace

void call_begins(int answers, const std::string& id, std::vector<Guarded> guarded) {
    call = {answers, getpid(), id, {}};
    for (const Guarded& g : guarded)
        call.zones.push_back({g.buffer, answer("the plugin touched memory before the start of " + g.name),
                              answer("the plugin wrote to its input " + g.name),
                              answer("the plugin touched memory beyond the end of " + g.name)});
    install();  // every time: a plugin may have handlers of its own
    in_call = true;
}

void call_returned() { in_call = false; }

}  // namespace bncheck::candidate::last_words
