#pragma once

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "bncheck/core/error.hpp"

namespace bncheck::tool {

/// A file that is written whole or not at all: begun under a temporary name before the work, so that a place that cannot be
/// written to is known at once. What is there already and no file, such as /dev/null or a pipe, is written to as it is.
class WholeFile {
public:
    explicit WholeFile(const std::string& path) : path_(path) {
        std::error_code ignored;
        if (std::filesystem::is_directory(path_, ignored)) refuse("it is a folder");
        if (std::filesystem::is_symlink(path_, ignored) && std::filesystem::exists(path_, ignored))
            path_ = std::filesystem::canonical(path_, ignored).string();
        is_other_ = std::filesystem::exists(path_, ignored) && !std::filesystem::is_regular_file(path_, ignored);
        temporary_ = is_other_ ? path_ : path_ + ".part";
        out_.open(temporary_, std::ios::binary);
        if (!out_) refuse(std::strerror(errno));
    }
    ~WholeFile() {
        std::error_code ignored;
        if (!is_other_) std::filesystem::remove(temporary_, ignored);
    }
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;

    /// All of the text, under the temporary name.
    void write(const std::string& text) {
        out_ << text;
        out_.close();
        if (!out_) refuse(std::strerror(errno));
    }
    /// What was written takes its place.
    void put() {
        if (is_other_) return;
        std::error_code failed;
        std::filesystem::rename(temporary_, path_, failed);
        if (failed) refuse(failed.message());
    }
    void finish(const std::string& text) {
        write(text);
        put();
    }

private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(Fault::usage, "io", path_, "cannot be written: " + why, "name a place that can be written to");
    }
    std::string path_, temporary_;
    bool is_other_ = false;
    std::ofstream out_;
};

}  // namespace bncheck::tool
