#include "progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "terminal.hpp"

namespace bncheck::tool {
namespace {

constexpr std::chrono::milliseconds between(100);

std::string duration(double seconds) {
    const auto s = static_cast<long long>(seconds + 0.5);
    if (s < 100) return fmt::format("{} s", s);
    if (s < 6000) return fmt::format("{} min {} s", s / 60, s % 60);
    return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
}

}  // namespace

std::string progress_line(std::size_t done, std::size_t due, std::size_t before, double seconds, const std::string& id,
                          std::size_t columns) {
    std::string line = fmt::format("{}/{}", done, due);
    if (seconds >= 1 && done > before) {
        const double rate = static_cast<double>(done - before) / seconds;
        line += fmt::format("  {:.3g} a second, {} left", rate, duration(static_cast<double>(due - done) / rate));
    }
    line += "  " + id;
    // The last column is left free: some terminals go on to the next line from there.
    if (line.size() < columns) return line;
    std::size_t end = columns > 0 ? columns - 1 : 0;
    while (end > 0 && (line[end] & 0xC0) == 0x80) --end;  // not within a character of UTF-8
    return line.substr(0, end);
}

Progress::Progress(bool wanted) : on_terminal_(wanted && isatty(STDERR_FILENO)) {}

void Progress::clear() {
    if (shown_) std::cerr << "\r\x1b[K" << std::flush;
    shown_ = false;
}

void Progress::show(std::size_t done, std::size_t due, const std::string& id) {
    const auto now = Clock::now();
    if (!on_terminal_ || done >= due || now - last_ < between) return;
    last_ = now;
    std::cerr << "\r\x1b[K"
              << progress_line(done, due, before_, std::chrono::duration<double>(now - start_).count(), id,
                               columns_of(STDERR_FILENO))
              << std::flush;
    shown_ = true;
}

}  // namespace bncheck::tool
