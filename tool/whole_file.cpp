#include "whole_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "bncheck/core/error.hpp"

namespace bncheck::tool {

namespace fs = std::filesystem;

std::string place_of(const std::string& path) {
    std::error_code failed;
    if (!fs::is_symlink(path, failed)) return path;
    // A link of /dev/fd to a pipe leads to no path.
    const fs::path real = fs::canonical(path, failed);
    return !failed && fs::is_regular_file(real, failed) ? real.string() : path;
}

WholeFile::WholeFile(const std::string& path) : path_(path) {
    std::error_code ignored;
    if (fs::is_directory(path_, ignored)) refuse("it is a folder");
    path_ = place_of(path_);
    is_other_ = fs::exists(path_, ignored) && !fs::is_regular_file(path_, ignored);
    if (!is_other_) {
        open_temporary();
        return;
    }
    file_ = open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    if (file_ < 0) refuse(std::strerror(errno));
}

void WholeFile::open_temporary() {
    temporary_ = path_ + ".part";
    for (;;) {
        file_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (file_ < 0) refuse(errno == ELOOP ? temporary_ + " is a link" : std::strerror(errno));
        // Where the file system knows no locks there is none.
        if (flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            close(file_);
            file_ = -1;
            refuse("another run is writing it");
        }
        // Between the two the one before may have put its file into its place.
        struct stat opened {
        }, named{};
        if (fstat(file_, &opened) == 0 && lstat(temporary_.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
            opened.st_dev == named.st_dev)
            break;
        close(file_);
    }
    if (ftruncate(file_, 0) != 0) refuse(std::strerror(errno));
    // What takes a file's place may be read by those alone who could read that.
    if (struct stat before{}; stat(path_.c_str(), &before) == 0) fchmod(file_, before.st_mode & 07777);
}

WholeFile::~WholeFile() {
    if (file_ < 0) return;
    if (!is_other_) unlink(temporary_.c_str());
    close(file_);
}

void WholeFile::write(const std::string& text) {
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t n = ::write(file_, text.data() + done, text.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) refuse(std::strerror(errno));
        done += static_cast<std::size_t>(n);
    }
}

void WholeFile::put() {
    if (!is_other_ && rename(temporary_.c_str(), path_.c_str()) != 0) refuse(std::strerror(errno));
    if (close(std::exchange(file_, -1)) != 0) refuse(std::strerror(errno));
}

void WholeFile::refuse(const std::string& why) const {
    throw Error(Fault::usage, "io", path_, "cannot be written: " + why, "name a place that can be written to");
}

}  // namespace bncheck::tool
