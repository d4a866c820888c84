#pragma once

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "bncheck/core/error.hpp"

namespace bncheck::tool {

/// A file that is written whole or not at all: begun under a temporary name before the work, so that a place that cannot be
/// written to is known at once.
class WholeFile {
public:
    explicit WholeFile(const std::string& path) : path_(path), temporary_(path + ".part"), out_(temporary_, std::ios::binary) {
        if (!out_) refuse(std::strerror(errno));
    }
    ~WholeFile() {
        std::error_code ignored;
        std::filesystem::remove(temporary_, ignored);
    }
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;

    void finish(const std::string& text) {
        out_ << text;
        out_.close();
        if (!out_) refuse(std::strerror(errno));
        std::error_code failed;
        std::filesystem::rename(temporary_, path_, failed);
        if (failed) refuse(failed.message());
    }

private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(Fault::usage, "io", path_, "cannot be written: " + why, "name a place that can be written to");
    }
    std::string path_, temporary_;
    std::ofstream out_;
};

}  // namespace bncheck::tool
