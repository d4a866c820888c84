#include "bncheck/run/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "bncheck/core/error.hpp"
#include "bncheck/core/printable.hpp"

namespace bncheck::run {
namespace {

using report::Json;

constexpr const char* format = "urn:bncheck:journal:1";
constexpr const char* head = R"({"$schema":"urn:bncheck:journal:1")";  ///< how the first line begins

constexpr int deepest = 32;  ///< levels of JSON: an entry has ten

[[noreturn]] void refuse(const std::string& path, const std::string& message, const std::string& advice) {
    throw Error(Fault::usage, "io", path, message, advice);
}

[[noreturn]] void refuse_unwritable(const std::string& path, const std::string& advice) {
    throw Error(Fault::usage, "unwritable", path, std::string("cannot be written: ") + std::strerror(errno), advice);
}

/// Strings of a candidate need not be UTF-8.
std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace

Journal::Journal(const std::string& path, const Json& run, bool resume) : path_(path) {
    file_ = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file_ < 0) refuse_unwritable(path, "name a place that can be written to");
    try {
        struct stat status {};
        if (fstat(file_, &status) != 0 || !S_ISREG(status.st_mode))
            refuse(path, "is no regular file, which a journal has to be", "name another file with --journal");
        // Where the file system knows no locks there is none.
        if (flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            throw Error(Fault::usage, "in-use", path, "is in use by another run", "wait for its end, or name another file");
        const std::string text = contents();
        if (!text.starts_with(head) && !std::string_view(head).starts_with(text))
            refuse(path, "is no journal of a run", "name another file, or delete it");
        if (resume && read(text, run)) return;
        if (ftruncate(file_, 0) != 0) refuse_unwritable(path, "name a place that can be written to");
        try {
            write_line({{"$schema", format}, {"run", run}});
        } catch (...) {
            unlink(path.c_str());
            throw;
        }
    } catch (...) {
        close(file_);
        throw;
    }
}

Journal::~Journal() {
    if (empty_) unlink(path_.c_str());
    close(file_);
}

std::string Journal::contents() const {
    std::string text;
    char buffer[1 << 16];
    for (ssize_t got; (got = ::read(file_, buffer, sizeof buffer)) != 0;) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) refuse(path_, std::string("cannot be read: ") + std::strerror(errno), "name the journal of a run");
        text.append(buffer, static_cast<std::size_t>(got));
    }
    return text;
}

bool Journal::read(const std::string& text, const Json& run) {
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
        // What is too deep is left out, and so not what was written.
        const auto within_depth = [](int depth, Json::parse_event_t, const Json&) { return depth <= deepest; };
        const Json line = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                      text.begin() + static_cast<std::ptrdiff_t>(end), within_depth, false);
        const bool first = begin == 0;
        if (!line.is_object() || (first && line.value("$schema", Json()) != format) || (!first && !line.contains("case")))
            refuse(path_, "is no journal of a run", "name another file, or delete it");
        if (!first) {
            entries_.push_back(line);
            empty_ = false;
            continue;
        }
        // As it reads once it has been written.
        const Json ours = Json::parse(dumped(run)), theirs = line.value("run", Json());
        if (ours == theirs) continue;
        std::string where;
        for (const Json& change : Json::diff(theirs, ours)) {
            where = change["path"].get<std::string>();
            break;
        }
        refuse(path_, "is the journal of another run, which differs in " + printable(where.empty() ? "/" : where, 200),
               "give the same command to go on with that one, or leave out --resume to begin anew");
    }
    if (begin < text.size() && ftruncate(file_, static_cast<off_t>(begin)) != 0)
        refuse_unwritable(path_, "name a place that can be written to");
    return begin > 0;
}

void Journal::write_line(const Json& line) {
    const std::string text = dumped(line);
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = write(file_, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) refuse_unwritable(path_, "make room; --resume then goes on with what is there");
        done += static_cast<std::size_t>(n);
    }
}

void Journal::add(const Json& entry) {
    empty_ = false;
    write_line(entry);
}

std::optional<std::size_t> entries_in_journal(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string line;
    if (!std::getline(file, line) || !line.starts_with(head)) return std::nullopt;
    return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
}

}  // namespace bncheck::run
