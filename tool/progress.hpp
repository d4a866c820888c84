#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace bncheck::tool {

/// One line at the end of a terminal's stderr that tells how far a run is, at what rate, and how long it will take; nothing
/// where stderr is no terminal.
class Progress {
public:
    explicit Progress(bool wanted);
    ~Progress() { clear(); }
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Takes the line away, for others to write.
    void clear();
    /// Rate and remaining time are of what comes after these cases.
    void begin_at(std::size_t done) {
        before_ = done;
        start_ = Clock::now();
    }
    void show(std::size_t done, std::size_t due, const std::string& id);

private:
    using Clock = std::chrono::steady_clock;
    bool on_terminal_, shown_ = false;
    std::size_t before_ = 0;
    Clock::time_point start_ = Clock::now(), last_{};
};

/// The line, at most `columns` wide; rate and remaining time once a second has passed, in which that can be told. `before`: how
/// many of those that are done are not of these seconds.
std::string progress_line(std::size_t done, std::size_t due, std::size_t before, double seconds, const std::string& id,
                          std::size_t columns);

}  // namespace bncheck::tool
