#pragma once

#include <filesystem>

namespace bncheck::candidate {

/// A new empty folder, removed with all it holds at the end. It lies in TMPDIR, or where that is not set in the memory of
/// /dev/shm where there is plenty of it, else in /tmp. It is locked while it is in use; the first one removes those of runs
/// that were killed. Throws Error{internal, "io"} where it cannot be made.
class ScratchFolder {
public:
    /// `bytes` is what will be put there, about.
    explicit ScratchFolder(std::size_t bytes = 0);
    ~ScratchFolder();
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    int lock_ = -1;  ///< a descriptor of it
};

}  // namespace bncheck::candidate
