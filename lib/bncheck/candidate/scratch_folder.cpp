#include "bncheck/candidate/scratch_folder.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "bncheck/core/error.hpp"

namespace bncheck::candidate {
namespace {

namespace fs = std::filesystem;

/// Of the memory that is free there, what one folder may take: others work beside it.
constexpr std::size_t share_of_memory = 8;

fs::path temporary_place() {
    const char* const named = std::getenv("TMPDIR");
    return named && *named ? fs::path(named) : fs::path("/tmp");
}

fs::path place_for(std::size_t bytes) {
    const char* const named = std::getenv("TMPDIR");
    if (named && *named) return temporary_place();
    std::error_code none;
    const fs::space_info memory = fs::space("/dev/shm", none);
    return !none && memory.available / share_of_memory > bytes ? fs::path("/dev/shm") : temporary_place();
}

/// Empty where it cannot be made.
fs::path made_in(const fs::path& place) {
    std::error_code none;
    std::string name = (fs::absolute(place, none) / "bncheck-XXXXXX").string();
    return mkdtemp(name.data()) ? fs::path(name) : fs::path();
}

/// An open and locked folder tells others that somebody is at work in it.
int locked(const fs::path& folder) {
    const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return -1;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
    close(descriptor);
    return -1;
}

/// Removes what a bncheck that was killed has left there: folders of ours that nobody holds locked. One that was just made may
/// not be locked yet.
void sweep(const fs::path& place) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(place, none)) {
        struct stat status {};
        if (!entry.path().filename().string().starts_with("bncheck-") || entry.path().filename().string().size() != 14 ||
            lstat(entry.path().c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != getuid() ||
            status.st_mtime + 5 > time(nullptr))
            continue;
        if (const int lock = locked(entry.path()); lock >= 0) {
            fs::remove_all(entry.path(), none);
            close(lock);
        }
    }
}

}  // namespace

ScratchFolder::ScratchFolder(std::size_t bytes) {
    const fs::path place = place_for(bytes);
    [[maybe_unused]] static const bool swept = (sweep(place), true);
    path_ = made_in(place);
    if (path_.empty()) path_ = made_in(temporary_place());  // /dev/shm may be there and not be ours
    if (path_.empty())
        throw Error(Fault::internal, "io", temporary_place().string(),
                    std::string("a folder cannot be made in it: ") + std::strerror(errno), "set TMPDIR to a folder with space");
    lock_ = locked(path_);
}

ScratchFolder::~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    if (lock_ >= 0) close(lock_);
}

}  // namespace bncheck::candidate
