#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace bncheck::candidate {

/// A child process in a process group of its own, spoken to in lines over its stdin and stdout. Its stderr is drained all the
/// while; the last 64 KiB are kept.
class Process {
public:
    /// Starts it, found on the PATH, without a shell. Throws Error{candidate} where it cannot be started.
    explicit Process(const std::vector<std::string>& command);
    ~Process();  ///< kills the group
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Writes one line and reads one. Throws Error{candidate} with code "timeout", "crash" (says the exit code or signal) or
    /// "protocol" (a line longer than 16 MiB); the group is then killed.
    std::string exchange(const std::string& line, double seconds);

    /// Writes a last line, closes stdin and waits a moment for the end.
    void finish(const std::string& line);

    const std::string& stderr_text() const { return stderr_; }

private:
    using Clock = std::chrono::steady_clock;
    void pump(short wanted, Clock::time_point deadline, double seconds);
    bool read_available(int& descriptor, std::string& into);
    [[noreturn]] void ended();
    void kill_group();
    void close_all();

    pid_t pid_ = -1;
    int in_ = -1, out_ = -1, err_ = -1;
    std::string pending_, received_, stderr_;
};

}  // namespace bncheck::candidate
