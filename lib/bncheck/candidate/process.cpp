#include "bncheck/candidate/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "bncheck/core/error.hpp"
#include "bncheck/core/interruption.hpp"

namespace bncheck::candidate {
namespace {

constexpr std::size_t longest_line = 16u << 20;

[[noreturn]] void cannot_start(const std::string& program, int error) {
    throw Error(Fault::candidate, "start", program, std::string("cannot be started: ") + std::strerror(error),
                "check the command of --candidate");
}

struct Pipe {
    int read = -1, write = -1;
    explicit Pipe(const std::string& program) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) cannot_start(program, errno);
        read = ends[0];
        write = ends[1];
    }
};

void do_not_block(int descriptor) { fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

}  // namespace

Process::Process(const std::vector<std::string>& command) {
    if (command.empty())
        throw Error(Fault::usage, "format", "--candidate", "exec: names no command", "write exec:PROGRAM ARGUMENT...");
    Pipe in(command[0]), out(command[0]), err(command[0]), failure(command[0]);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ < 0) cannot_start(command[0], errno);
    if (pid_ == 0) {  // only async-signal-safe calls until exec
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(in.read, 0);
        dup2(out.write, 1);
        dup2(err.write, 2);
        signal(SIGPIPE, SIG_DFL);
        execvp(arguments[0], arguments.data());
        const int error = errno;
        [[maybe_unused]] const auto written = write(failure.write, &error, sizeof error);
        _exit(127);
    }
    setpgid(pid_, pid_);
    for (int descriptor : {in.read, out.write, err.write, failure.write}) close(descriptor);
    in_ = in.write;
    out_ = out.read;
    err_ = err.read;
    int error = 0;
    const auto got = read(failure.read, &error, sizeof error);  // end of file as soon as exec succeeds
    close(failure.read);
    if (got == sizeof error) {
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
        close_all();
        cannot_start(command[0], error);
    }
    for (int descriptor : {in_, out_, err_}) do_not_block(descriptor);
    end_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

Process::~Process() {
    kill_group();
    close_all();
}

void Process::close_all() {
    for (int* descriptor : {&in_, &out_, &err_, &end_}) {
        if (*descriptor >= 0) close(*descriptor);
        *descriptor = -1;
    }
}

void Process::kill_group() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);  // it may have left its group
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

bool Process::read_available(int& descriptor, std::string& into) {
    char buffer[65536];
    for (;;) {
        const auto got = read(descriptor, buffer, sizeof buffer);
        if (got > 0) {
            into.append(buffer, static_cast<std::size_t>(got));
            if (into.size() > 2 * longest_line) return true;
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else {
            if (got == 0 || errno != EAGAIN) {
                close(descriptor);
                descriptor = -1;
                return false;
            }
            return true;
        }
    }
}

void Process::ended() {
    int status = 0;
    // stdout is closed: the process is gone or about to be; one that lives on with its stdout closed is of no use.
    for (int tries = 0; tries < 50 && waitpid(pid_, &status, WNOHANG) == 0; ++tries) {
        if (tries == 49) kill(-pid_, SIGKILL), kill(pid_, SIGKILL), waitpid(pid_, &status, 0);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    kill(-pid_, SIGKILL);  // children that it left behind
    pid_ = -1;
    if (err_ >= 0) read_available(err_, stderr_);
    close_all();
    std::string how = "ended with exit code " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        how = "was ended by signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
    const bool left = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    throw Error(Fault::candidate, left ? "left" : "crash", "candidate", how + " before it answered",
                "its stderr is in the report's environment");
}

void Process::pump(short wanted, Clock::time_point deadline, double seconds) {
    pollfd polled[4] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}, {wanted & POLLOUT ? in_ : -1, POLLOUT, 0}, {end_, POLLIN, 0}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) {
        kill_group();
        close_all();
        char text[64];
        std::snprintf(text, sizeof text, "did not answer within %g s and was killed", seconds);
        throw Error(Fault::candidate, "timeout", "candidate", text, "--timeout sets another limit");
    }
    // The signal that asks for an end may have come to another thread: it is looked for from time to time.
    poll(polled, 4, static_cast<int>(std::min<long long>(left, 200)));
    if (interruption()) {
        kill_group();
        close_all();
        throw Interrupted();
    }
    if (err_ >= 0 && polled[1].revents) {
        read_available(err_, stderr_);
        if (stderr_.size() > kept_stderr) stderr_.erase(0, stderr_.size() - kept_stderr);
    }
    if (polled[2].revents) {
        const auto written = write(in_, pending_.data(), pending_.size());
        if (written > 0)
            pending_.erase(0, static_cast<std::size_t>(written));
        else if (written < 0 && errno == EPIPE)
            ended();
    }
    if (polled[0].revents && !read_available(out_, received_) && received_.find('\n') == std::string::npos) ended();
    // Children that it left behind may keep its stdout open.
    if (polled[3].revents && received_.find('\n') == std::string::npos) ended();
}

std::string Process::exchange(const std::string& line, double seconds) {
    const auto deadline = Clock::now() + std::chrono::milliseconds(static_cast<long long>(seconds * 1000));
    pending_ = line + "\n";
    for (;;) {
        const std::size_t end = received_.find('\n');
        if (end != std::string::npos) {
            std::string answer = received_.substr(0, end);
            if (end + 1 == received_.size()) return received_.clear(), answer;
            const std::string all = received_.substr(0, 400);
            kill_group();
            close_all();
            throw Error(Fault::candidate, "protocol", "candidate", "wrote more than one line: " + all,
                        "answer in one line, and write everything else to stderr");
        }
        if (received_.size() > longest_line) {
            kill_group();
            close_all();
            throw Error(Fault::candidate, "protocol", "candidate", "wrote a line of more than 16 MiB",
                        "answer one JSON object a line");
        }
        if (out_ < 0) ended();
        pump(pending_.empty() ? POLLIN : POLLIN | POLLOUT, deadline, seconds);
    }
}

std::string Process::unasked(double seconds) {
    if (out_ >= 0) {
        pollfd polled{out_, POLLIN, 0};
        if (poll(&polled, 1, static_cast<int>(seconds * 1000)) > 0) read_available(out_, received_);
    }
    return std::exchange(received_, "");
}

bool Process::has_ended() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid_;
}

std::optional<int> Process::finish(const std::string& line) {
    if (pid_ <= 0) return std::nullopt;
    if (!line.empty()) {
        [[maybe_unused]] const auto written = write(in_, (line + "\n").data(), line.size() + 1);
    }
    close(in_);
    in_ = -1;
    for (int tries = 0; tries < 1000; ++tries) {  // one second, while its stderr is drained
        if (err_ >= 0) read_available(err_, stderr_);
        int status = 0;
        if (waitpid(pid_, &status, WNOHANG) != 0) {
            kill(-pid_, SIGKILL);  // children that it left behind
            pid_ = -1;
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return std::nullopt;
}

}  // namespace bncheck::candidate
