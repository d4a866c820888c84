#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace bncheck::candidate {

/// A child process in a process group of its own, spoken to in lines over its stdin and stdout. Its stderr is drained all the
/// while; the last 64 KiB are kept. It is killed when the thread that started it ends, so that nothing outlives the tool.
class Process {
public:
    static constexpr std::size_t kept_stderr = 64u << 10;

    /// Starts it, found on the PATH, without a shell. Throws Error{candidate} where it cannot be started.
    explicit Process(const std::vector<std::string>& command);
    ~Process();  ///< kills the group
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Writes one line and reads one. Throws Error{candidate} with code "timeout", "crash" (says the exit code or signal),
    /// "left" (ended with exit code 0) or "protocol" (a line longer than 16 MiB, or more on stdout than one line); the group is
    /// then killed. Throws Interrupted, the group killed, once an end is asked for.
    std::string exchange(const std::string& line, double seconds);

    /// Writes a last line (unless it is empty), closes stdin and waits a second for the end. The exit code, 128 + the signal
    /// that ended it, or none where it did not end and was killed.
    std::optional<int> finish(const std::string& line);

    /// What has come on stdout since the last answer, within `seconds`.
    std::string unasked(double seconds);

    /// Whether it has ended already.
    bool has_ended() const;

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
    int end_ = -1;  ///< readable once the process has ended (pidfd_open); -1 where the kernel has no such thing
    std::string pending_, received_, stderr_;
};

}  // namespace bncheck::candidate
