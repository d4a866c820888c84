#pragma once

#include <string>

namespace bncheck::tool {

/// A file that is written whole or not at all: begun under a temporary name before the work, so that a place that cannot be
/// written to is known at once. What is there already and no file, such as /dev/null or a pipe, is written to as it is. Of two
/// that write to one place at a time the second is refused. All throw Error{usage} with the place.
class WholeFile {
public:
    explicit WholeFile(const std::string& path);
    ~WholeFile();
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;

    /// All of the text, under the temporary name.
    void write(const std::string& text);
    /// What was written takes its place.
    void put();
    void finish(const std::string& text) {
        write(text);
        put();
    }

private:
    [[noreturn]] void refuse(const std::string& why) const;
    void open_temporary();

    std::string path_, temporary_;
    bool is_other_ = false;
    int file_ = -1;
};

/// The place itself, where the path is a link to a file; else the path as it is.
std::string place_of(const std::string& path);

}  // namespace bncheck::tool
